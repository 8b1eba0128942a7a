"""Notices 提醒: what is new or late, to the groups and mailboxes of those who handle cases."""
