"""Values inside a report 字段: text, times, coordinates, codes."""
