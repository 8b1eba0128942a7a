"""Deliberations 议事: the pages on which staff write down topics and their steps."""
