"""Settings of Kafka 消息队列: a cluster, or the embedded broker."""

from enum import StrEnum
from pathlib import Path

from pydantic import ConfigDict, Field

from hub.settings.base import CommonSettings
from schemas.topic import PARTITIONS


class KafkaSecurity(StrEnum):
    """Security protocol of a broker, by Kafka's own names."""

    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"

    @property
    def has_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self in (KafkaSecurity.SSL, KafkaSecurity.SASL_SSL)

    @property
    def has_sasl(self) -> bool:
        """Whether the hub authenticates by a password."""
        return self in (KafkaSecurity.SASL_PLAINTEXT, KafkaSecurity.SASL_SSL)


class KafkaSettings(CommonSettings):
    """Connection to the Kafka cluster, or the embedded broker."""

    model_config = ConfigDict(title="Kafka 消息队列")

    kafka: str = Field(default="", description="bootstrap servers; empty: the embedded broker")
    kafka_security: KafkaSecurity = Field(
        default=KafkaSecurity.PLAINTEXT,
        description="security protocol: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL",
    )
    kafka_ca: Path | None = Field(
        default=None,
        description="file with the authorities of the brokers' certificates; empty: the system's",
    )
    kafka_cert: Path | None = Field(
        default=None, description="file with the hub's certificate, for mutual TLS"
    )
    kafka_cert_key: Path | None = Field(default=None, description="file with its private key")
    kafka_sasl: str = Field(
        default="SCRAM-SHA-512", description="SASL mechanism: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"
    )
    kafka_user: str = Field(default="", description="user name at the brokers")
    kafka_password_file: Path | None = Field(
        default=None, description="file with the password of that user"
    )
    partitions: int = Field(
        default=PARTITIONS,
        ge=1,
        le=1024,
        description="partitions of the keyed topics; the same in all processes, and changed with"
        " `hub reroute` only (docs/scaling-out.md)",
    )
    broker_port: int = Field(default=19092, description="port of the embedded broker")
    broker_bin: str = Field(
        default="",
        description="path of another binary of the embedded broker; empty: the installed one",
    )

    @property
    def bootstrap(self) -> str:
        """Kafka bootstrap servers, embedded or not."""
        return self.kafka or f"127.0.0.1:{self.broker_port}"

    @property
    def kafka_password(self) -> str:
        """Password at the brokers; raises `OSError` if its file cannot be read."""
        file = self.kafka_password_file
        return file.read_text(encoding="utf-8").strip() if file else ""

    @property
    def embedded_broker(self) -> bool:
        """Whether `hub up` starts the broker itself."""
        return not self.kafka

    @property
    def replication(self) -> int:
        """Replicas of a topic: 1 on the embedded broker, else -1 for the default of the cluster."""
        return 1 if self.embedded_broker else -1
