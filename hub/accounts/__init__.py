"""Who may see and do what 账号与权限: staff, sessions, permissions, the audit trail."""
