"""Hand entry 人工录入: what a citizen says at the telephone or the window becomes a message."""
