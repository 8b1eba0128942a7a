"""The case API 案件接口: look at a case, command it, await the outcome."""
