"""The registers of a town as indexes, and where a report lies 定位."""
