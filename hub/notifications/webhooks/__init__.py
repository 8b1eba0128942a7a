"""Webhooks 回调: entries of cases by HTTP, for programs without Kafka (Standard Webhooks)."""
