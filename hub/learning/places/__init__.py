"""Places that reports name and the register lacks."""
