"""Dangers 险情 in the words of a report."""
