"""Kafka 消息代理, embedded or a cluster: connections, topics, producers, consumers."""
