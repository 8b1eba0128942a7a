"""Decides whether two reports are of the same matter 同一事项: features, prefilter, comparison."""
