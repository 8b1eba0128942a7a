"""A day of the whole hub 全天测量: what people and the machine notice of its load."""
