"""A simulated message in the native form of its channel."""
