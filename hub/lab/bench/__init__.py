"""Benchmarks 性能测量 of the hub and its parts on one machine."""
