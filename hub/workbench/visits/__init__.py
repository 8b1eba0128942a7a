"""Visits to people by their classes 按类别走访: due and overdue, as counts."""
