"""From a raw message to unified events on Kafka, or to a rejection."""
