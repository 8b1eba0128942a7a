"""Accounts 账号与权限: staff and callers, sessions, login, permissions, the audit."""
