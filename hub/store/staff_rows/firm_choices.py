"""The table of choices of a firm 主体认定: which columns the process of the pages inserts."""

COLUMNS = ("event_id", "division_code", "grid_code", "code", "who", "at")
