"""Collectors 采集: fetch what sources do not push, each delivery named, each cursor durable."""
