"""The table of ratings by townships 镇街评价: which columns the process of the pages inserts."""

COLUMNS = ("unit", "month", "occasion", "township", "in_time", "solved", "grade", "version")
