"""Inserts Kafka records into ClickHouse; commits their offsets after the insert."""
