"""Ratings of departments 部门评价: what a township may rate, and the table of the year."""
