"""Making good what was lost: journal to broker, store to broker, topics to tables."""
