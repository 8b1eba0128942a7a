"""The search 查找: one box that understands numbers, words, days, units, places and people."""
