"""The cases of a partition in memory, packed when nobody reads them."""
