"""Sections of the daily digest that a city has only if it has such data."""
