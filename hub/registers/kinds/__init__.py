"""A module for each base register: its columns, and what its fields say together."""
