"""Creates the topics of the catalogue, once.

A broker may make a topic by itself as soon as a client asks for it, a subscriber that is quicker
than the hub: with too few partitions, and with defaults of its own. Such a topic is put right. What
somebody has set for a topic is left as it is, and told where the hub would have it otherwise.
"""

import time
from collections.abc import Mapping

import structlog
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, NewTopic
from kafka.errors import KafkaTimeoutError, TopicAlreadyExistsError

from hub.broker.connection import options
from hub.settings.kafka import KafkaSettings
from schemas.topic import INTAKE_TOPICS, TOPICS, Topic

LARGEST_RECORD = 128 * 1024 * 1024
"""Bytes: a message at the default limit of the intake, sealed and written as JSON, and its rows."""
KNOWN_WITHIN = 30.0
POLL = 0.1
CONFIG = {"max.message.bytes": str(LARGEST_RECORD)}
COMPACTED = {**CONFIG, "cleanup.policy": "compact"}
SET_BY_SOMEBODY = "DYNAMIC_TOPIC_CONFIG"
"""Kafka's word for a setting that a topic has of its own."""

log = structlog.get_logger()


def ensure_topics(settings: KafkaSettings) -> list[str]:
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
        if not settings.embedded_broker:
            _configure(admin, wanted)
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


def _widen(admin: KafkaAdminClient, topic: Topic, settings: KafkaSettings, had: int) -> None:
    """Give a topic that a broker made by itself its partitions; nothing of ours is in it yet."""
    log.warning("a topic had been made by a client", topic=topic.name, partitions=had)
    if settings.embedded_broker:
        # It cannot add partitions.
        admin.delete_topics([topic.name])
        _create(admin, topic, settings.replication)
    else:
        admin.create_partitions({topic.name: topic.partitions})


def _config_of(topic: Topic) -> dict[str, str]:
    return COMPACTED if topic.compacted else CONFIG


def _configure(admin: KafkaAdminClient, wanted: Mapping[str, Topic]) -> None:
    """Set what nobody has set: states that the broker lets go of after a week would be lost.

    A broker that lets us neither look nor set is gone on with; what is to be set is told.
    """
    asked = [ConfigResource("topic", name, list(_config_of(one))) for name, one in wanted.items()]
    given = admin.describe_configs(asked, config_filter="all")["topic"]
    lacking: list[ConfigResource] = []
    for name, topic in wanted.items():
        unset: dict[str, str] = {}
        for key, value in _config_of(topic).items():
            found = given.get(name, {}).get(key)
            if found is None or found["config_source"] != SET_BY_SOMEBODY:
                unset[key] = value
            elif found["value"] != value:
                log.warning("a topic is set otherwise than the hub would", topic=name, setting=key,
                            value=found["value"], wanted=value)  # fmt: skip
        if unset:
            lacking.append(ConfigResource("topic", name, unset))
    if not lacking:
        return
    log.info("settings of topics", topics=[one.name for one in lacking])
    done = admin.alter_configs(lacking, raise_on_unknown=False)["topic"]
    for one in lacking:
        if done[one.name] != "OK":
            log.warning("set this for a topic, the hub may not", topic=one.name,
                        wanted=one.configs, error=done[one.name])  # fmt: skip


def _create(admin: KafkaAdminClient, topic: Topic, replication: int) -> None:
    try:
        admin.create_topics(
            [
                NewTopic(
                    name=topic.name,
                    num_partitions=topic.partitions,
                    replication_factor=replication,
                    topic_configs=_config_of(topic),
                )
            ]
        )
    except TopicAlreadyExistsError:
        # Another process of the hub was quicker.
        return
