"""The operator's commands about patrols, tasks, projects, deliberations and registers 社区工作."""
