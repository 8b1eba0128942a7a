"""Feedback 及时反馈: to every channel in its own format, at least once, in order per report."""
