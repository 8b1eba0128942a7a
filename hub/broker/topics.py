"""Creating topics 建主题: the topics of the catalogue are created once.

A broker may create a topic by itself when a subscriber asks for it before the hub does: with too
few partitions and with the broker's defaults. The hub repairs this topic. It does not change a
topic setting that somebody has set, and logs a warning where it would have set another value.
"""

import contextlib
import time
from collections.abc import Mapping

import structlog
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, NewTopic
from kafka.errors import InvalidPartitionsError, KafkaTimeoutError, TopicAlreadyExistsError

from hub.broker.connection import options
from hub.runtime.errors import HubError
from hub.settings.kafka import KafkaSettings
from schemas.topic import CASE_STATE, INTAKE_TOPICS, TOPICS, Topic

LARGEST_RECORD = 128 * 1024 * 1024
"""Bytes: a message of the default maximum size of the intake, sealed and encoded as JSON."""
CREATE_TIMEOUT = 120.0
POLL_SECONDS = 0.1
CONFIG = {"max.message.bytes": str(LARGEST_RECORD)}
COMPACTED = {**CONFIG, "cleanup.policy": "compact"}
TOPIC_CONFIG = "DYNAMIC_TOPIC_CONFIG"
"""Config source of a value that was set on the topic itself."""

log = structlog.get_logger()


class OtherPartitionsError(HubError, RuntimeError):
    """The cases at the brokers are in another number of partitions than `HUB_PARTITIONS`."""


def ensure_topics(settings: KafkaSettings, *, adds_partitions: bool = False) -> list[str]:
    """Create the topics that are missing; return the names of the created topics.

    Returns when the brokers list all topics with all partitions; raises `KafkaTimeoutError` if they
    do not in time. Raises `OtherPartitionsError` if the topic of states has records in another
    number of partitions, unless `adds_partitions`: `hub reroute` adds them and moves the cases.
    """
    admin, created = KafkaAdminClient(**options(settings)), list[str]()
    wanted = {topic.name: topic for topic in (*TOPICS, *INTAKE_TOPICS)}
    deadline = time.monotonic() + CREATE_TIMEOUT
    try:
        if not (settings.embedded_broker or adds_partitions):
            _check_partitions(settings, _partitions(admin).get(CASE_STATE.name, 0))
        while incomplete := _incomplete(admin, wanted):
            if time.monotonic() > deadline:
                raise KafkaTimeoutError(
                    f"the brokers do not list all partitions of the created topics: {incomplete}"
                )
            for name, partitions in incomplete.items():
                if partitions:
                    _add_partitions(admin, wanted[name], settings, partitions)
                elif name not in created:
                    _create(admin, wanted[name], settings.replication)
                    created.append(name)
            time.sleep(POLL_SECONDS)
        if not settings.embedded_broker:
            _configure(admin, wanted)
    finally:
        admin.close()
    return created


def _check_partitions(settings: KafkaSettings, number: int) -> None:
    """Raise `OtherPartitionsError` if records of states are where no worker looks for them.

    `number` is that of the topic's partitions. A topic that a subscriber has created by accident
    has fewer partitions and no records.
    """
    wanted = CASE_STATE.partitions
    if number in (0, wanted):
        return
    consumer = KafkaConsumer(**options(settings))
    try:
        ends = consumer.end_offsets([TopicPartition(CASE_STATE.name, n) for n in range(number)])
    finally:
        consumer.close()
    filled = {part.partition for part, end in ends.items() if end > 0}
    if filled and (number < wanted or max(filled) >= wanted):
        raise OtherPartitionsError(
            f"HUB_PARTITIONS is {wanted}, but {CASE_STATE.name} has {number} partitions, of"
            f" which number {max(filled)} has records. Set HUB_PARTITIONS as before, or move the"
            " cases with hub reroute (docs/scaling-out.md)"
        )


def _incomplete(admin: KafkaAdminClient, wanted: dict[str, Topic]) -> dict[str, int]:
    """Return the topics with too few partitions, and how many they have; 0: there is no topic."""
    partitions = _partitions(admin)
    return {
        name: partitions.get(name, 0)
        for name, topic in wanted.items()
        if partitions.get(name, 0) < topic.partitions
    }


def _partitions(admin: KafkaAdminClient) -> dict[str, int]:
    """Return the number of partitions of each topic that the brokers list."""
    # Asking for a topic by name would create it, so this asks for all topics.
    return {topic["name"]: len(topic["partitions"]) for topic in admin.describe_topics()}


def _add_partitions(
    admin: KafkaAdminClient, topic: Topic, settings: KafkaSettings, partitions: int
) -> None:
    """Complete a topic that a broker created by itself, or that `hub reroute` makes larger."""
    log.warning(
        "topic_gets_partitions", topic=topic.name, partitions=partitions, wanted=topic.partitions
    )
    if settings.embedded_broker:
        # The embedded broker cannot add partitions.
        admin.delete_topics([topic.name])
        _create(admin, topic, settings.replication)
    else:
        # A broker may list the former number for a moment, although it has added them.
        with contextlib.suppress(InvalidPartitionsError):
            admin.create_partitions({topic.name: topic.partitions})


def _config_of(topic: Topic) -> dict[str, str]:
    return COMPACTED if topic.compacted else CONFIG


def _configure(admin: KafkaAdminClient, wanted: Mapping[str, Topic]) -> None:
    """Set the topic settings that nobody has set.

    With a broker's default retention of a week, snapshots of cases would be lost. If the broker
    does not allow the hub to read or change settings, the hub continues and logs what to set.
    """
    queries = [
        ConfigResource("topic", name, list(_config_of(topic))) for name, topic in wanted.items()
    ]
    current = admin.describe_configs(queries, config_filter="all")["topic"]
    unset = [(name, _unset(topic, current.get(name, {}))) for name, topic in wanted.items()]
    missing = [ConfigResource("topic", name, values) for name, values in unset if values]
    if not missing:
        return
    log.info("topic_settings_added", topics=[resource.name for resource in missing])
    results = admin.alter_configs(missing, raise_on_unknown=False)["topic"]
    for resource in missing:
        if results[resource.name] != "OK":
            log.warning(
                "topic_settings_refused",
                topic=resource.name,
                wanted=resource.configs,
                error=results[resource.name],
                advice="set them by hand, or allow the hub to alter the topic",
            )


def _unset(topic: Topic, current: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the wanted settings that the topic has no value of its own for; log other values."""
    unset: dict[str, str] = {}
    for key, wanted in _config_of(topic).items():
        entry = current.get(key)
        if entry is None or entry["config_source"] != TOPIC_CONFIG:
            unset[key] = wanted
        elif entry["value"] != wanted:
            log.warning(
                "topic_setting_differs",
                topic=topic.name,
                setting=key,
                value=entry["value"],
                wanted=wanted,
            )
    return unset


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
        # Another process of the hub has just created it.
        return
