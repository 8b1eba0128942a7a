"""The case API 案件接口: read a case, send it a command, receive the outcome."""
