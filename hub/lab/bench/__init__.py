"""Measurements 测量 of what the hub can do on one machine."""
