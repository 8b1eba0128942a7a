"""Kafka, embedded or a cluster: connections, topics, producers."""
