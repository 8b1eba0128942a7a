"""Feedback 及时反馈: sent to each channel in its format, at least once, in order per report."""
