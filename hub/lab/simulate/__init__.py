"""Simulation 仿真: realistic days in a fictional county."""
