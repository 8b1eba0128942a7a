"""Creates the topics of the catalogue, once; an existing topic is left as it is."""

from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import TopicAlreadyExistsError

from hub.settings import Settings
from schemas.topic import INTAKE_TOPICS, TOPICS, Topic

LARGEST_RECORD = 128 * 1024 * 1024
"""Bytes: a message at the default limit of the intake, sealed and written as JSON, and its rows."""
CONFIG = {"max.message.bytes": str(LARGEST_RECORD)}
COMPACTED = {**CONFIG, "cleanup.policy": "compact"}


def ensure_topics(settings: Settings) -> list[str]:
    """Create what is missing; return the names that were created."""
    admin = KafkaAdminClient(bootstrap_servers=settings.bootstrap)
    try:
        present = set(admin.list_topics())
        made = [topic for topic in (*TOPICS, *INTAKE_TOPICS) if topic.name not in present]
        for topic in made:
            _create(admin, topic, settings.replication)
    finally:
        admin.close()
    return [topic.name for topic in made]


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
