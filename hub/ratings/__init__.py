"""Departments judged from below 以下评上: what a township may rate, its ratings, the figures."""
