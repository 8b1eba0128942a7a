"""Commands about patrols, tasks, projects and deliberations 社区工作."""
