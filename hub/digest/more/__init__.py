"""Sections of the daily digest that a city has if it has such data: projects, items, tasks."""
