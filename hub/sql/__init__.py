"""The read-only SQL endpoint for staff 只读查询: dialect, users, guard, roles."""
