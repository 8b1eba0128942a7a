"""Deliveries 外发: what webhooks and notices have sent, what waits, and what was given up."""
