"""Same or not 同案比对: two cases beside each other, and one key for each answer."""
