"""Scenarios 情景: the matters in the simulated town, and the reports of them."""
