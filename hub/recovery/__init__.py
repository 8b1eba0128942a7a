"""Restores lost data 恢复: journal to broker, store to broker, topics to tables."""
