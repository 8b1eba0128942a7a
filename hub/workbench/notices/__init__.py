"""Notices in the page 页内提醒: the bell, and the list behind it."""
