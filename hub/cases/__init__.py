"""The case API 事项接口: read a case, send it a command, receive the outcome."""
