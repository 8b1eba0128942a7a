"""Creates the topics of the catalogue, once.

A broker may make a topic by itself, with too few partitions, as soon as a client asks for it: a
subscriber that is quicker than the hub. Such a topic is put right; any other is left as it is.
"""

import time

import structlog
from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import KafkaTimeoutError, TopicAlreadyExistsError

from hub.kafka_access import options
from hub.settings import Settings
from schemas.topic import INTAKE_TOPICS, TOPICS, Topic

LARGEST_RECORD = 128 * 1024 * 1024
"""Bytes: a message at the default limit of the intake, sealed and written as JSON, and its rows."""
KNOWN_WITHIN = 30.0
POLL = 0.1
CONFIG = {"max.message.bytes": str(LARGEST_RECORD)}
COMPACTED = {**CONFIG, "cleanup.policy": "compact"}

log = structlog.get_logger()


def ensure_topics(settings: Settings) -> list[str]:
    """Create what is missing; return the names that were created.

    Returns when the brokers tell of all of them; raises `KafkaTimeoutError` where they do not.
    """
    admin, made = KafkaAdminClient(**options(settings)), list[str]()
    wanted = {topic.name: topic for topic in (*TOPICS, *INTAKE_TOPICS)}
    give_up = time.monotonic() + KNOWN_WITHIN
    try:
        while wrong := _wrong(admin, wanted):
            if time.monotonic() > give_up:
                raise KafkaTimeoutError(f"the brokers do not have what was made there: {wrong}")
            for name, partitions in wrong.items():
                if partitions:
                    _widen(admin, wanted[name], settings, partitions)
                elif name not in made:
                    _create(admin, wanted[name], settings.replication)
                    made.append(name)
            time.sleep(POLL)
    finally:
        admin.close()
    return made


def _wrong(admin: KafkaAdminClient, wanted: dict[str, Topic]) -> dict[str, int]:
    """Return the topics that are not as they should be, with the partitions that they have."""
    # It is told of by name only where it is there, so that the question makes no topic.
    present = {one["name"]: len(one["partitions"]) for one in admin.describe_topics()}
    return {
        name: present.get(name, 0)
        for name, topic in wanted.items()
        if present.get(name, 0) < topic.partitions
    }


def _widen(admin: KafkaAdminClient, topic: Topic, settings: Settings, had: int) -> None:
    """Give a topic that a broker made by itself its partitions; nothing of ours is in it yet."""
    log.warning("a topic had been made by a client", topic=topic.name, partitions=had)
    if settings.embedded_broker:
        # It cannot add partitions.
        admin.delete_topics([topic.name])
        _create(admin, topic, settings.replication)
    else:
        admin.create_partitions({topic.name: topic.partitions})


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
