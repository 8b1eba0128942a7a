"""Measures the quality of merging, placing, classification and assignment."""
