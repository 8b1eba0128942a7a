"""The programs and what stands around them."""
