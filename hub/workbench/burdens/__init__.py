"""The page 减负: what departments hand down, the ruling of the list, and the burden of a month."""
