"""Collectors whose sources are damaged, away or killed in the middle."""
