"""Village and quarter projects 村居项目: what a project is, its money, and what happens to it."""
