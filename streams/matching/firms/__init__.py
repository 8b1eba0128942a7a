"""Firms 市场主体: the parts of a name, and which firm of a register a report means."""
