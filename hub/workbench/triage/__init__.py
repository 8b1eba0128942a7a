"""Triage by key 研判: one case beside the list, with what can be decided about it."""
