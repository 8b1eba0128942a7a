"""Feedback 及时反馈: every channel is told, in its own form, at least once, in order per report."""
