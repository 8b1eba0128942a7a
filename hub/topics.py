"""Creates the topics of the catalogue, once; an existing topic is left as it is."""

import time

from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import KafkaTimeoutError, TopicAlreadyExistsError

from hub.kafka_access import options
from hub.settings import Settings
from schemas.topic import INTAKE_TOPICS, TOPICS, Topic

LARGEST_RECORD = 128 * 1024 * 1024
"""Bytes: a message at the default limit of the intake, sealed and written as JSON, and its rows."""
KNOWN_WITHIN = 30.0
CONFIG = {"max.message.bytes": str(LARGEST_RECORD)}
COMPACTED = {**CONFIG, "cleanup.policy": "compact"}


def ensure_topics(settings: Settings) -> list[str]:
    """Create what is missing; return the names that were created."""
    admin = KafkaAdminClient(**options(settings))
    try:
        present = set(admin.list_topics())
        made = [topic for topic in (*TOPICS, *INTAKE_TOPICS) if topic.name not in present]
        for topic in made:
            _create(admin, topic, settings.replication)
        _await_known(admin, {topic.name for topic in made})
    finally:
        admin.close()
    return [topic.name for topic in made]


def _await_known(admin: KafkaAdminClient, names: set[str]) -> None:
    """Wait until the brokers tell of new topics: a cluster does so a moment after it made them."""
    give_up = time.monotonic() + KNOWN_WITHIN
    while not names <= set(admin.list_topics()):
        if time.monotonic() > give_up:
            raise KafkaTimeoutError(f"the brokers made topics and do not tell of them: {names}")
        time.sleep(0.1)


def _create(admin: KafkaAdminClient, topic: Topic, replication: int) -> None:
    try:
        admin.create_topics(
            [
                NewTopic(
                    name=topic.name,
                    num_partitions=topic.partitions,
                    replication_factor=replication,
                    topic_configs=COMPACTED if topic.compacted else CONFIG,
                )
            ]
        )
    except TopicAlreadyExistsError:
        # Another process of the hub was quicker.
        return
