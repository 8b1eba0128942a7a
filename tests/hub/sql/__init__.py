"""SQL: endpoints, turns, roles."""
