"""The page of one case 事项页: everything about it, and what can be done with it."""
