"""Deliberations 议事: their rules, the log of their records, and their public page."""
