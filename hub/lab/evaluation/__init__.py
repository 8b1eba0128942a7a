"""Measures how well matters are merged, placed and assigned."""
