"""Public tracking 公开查询: the code of a report, and the page of its progress."""
