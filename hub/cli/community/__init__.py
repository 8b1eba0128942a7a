"""Commands about patrols, tasks and projects 社区工作."""
