"""Kafka records to ClickHouse rows; offsets are committed after the insert."""
