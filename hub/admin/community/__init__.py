"""The operator's commands about patrols, tasks, projects and registers 社区工作."""
