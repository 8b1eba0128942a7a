"""Simulation 仿真: a fictional county and realistic days in it."""
