"""The table of saved filters 我的筛选: which columns the process of the pages inserts."""

COLUMNS = ("issuer", "member", "name", "address", "at")
