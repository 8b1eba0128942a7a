"""Triage: the case beside the list, and the cases it may be merged with."""
