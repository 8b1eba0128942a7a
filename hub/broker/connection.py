"""Reaching the broker 连接代理: addresses, TLS and SASL.

kafka-python and aiokafka name them alike.

Secrets come from files only. An embedded broker listens on loopback and asks for nothing.
"""

import ssl
from typing import Any

from hub.settings.kafka import KafkaSecurity, KafkaSettings

_held: dict[KafkaSettings, tuple[ssl.SSLContext | None, str]] = {}
"""What a process that can no longer open the files has read of them before."""

GATHERED, GATHER = 64 * 1024, 250
"""Bytes that a broker gathers for a consumer that has time, and milliseconds for which at most."""


def hold_credentials(settings: KafkaSettings) -> None:
    """Read password and certificates now, for a process that cannot open their files later.

    Raises `OSError` and `ssl.SSLError` for files that cannot be used.
    """
    if not settings.embedded_broker:
        context = tls(settings) if settings.kafka_security.has_tls else None
        _held[settings] = (context, settings.kafka_password)


def options(settings: KafkaSettings) -> dict[str, Any]:
    """Return what kafka-python's clients are given."""
    found: dict[str, Any] = {"bootstrap_servers": settings.bootstrap}
    if settings.embedded_broker or settings.kafka_security is KafkaSecurity.PLAINTEXT:
        return found
    found["security_protocol"] = str(settings.kafka_security)
    context, password = _held.get(settings) or (None, "")
    if settings.kafka_security.has_tls:
        found["ssl_context"] = context or tls(settings)
    if settings.kafka_security.has_sasl:
        found |= {
            "sasl_mechanism": settings.kafka_sasl,
            "sasl_plain_username": settings.kafka_user,
            "sasl_plain_password": password or settings.kafka_password,
        }
    return found


def consumer_options(settings: KafkaSettings) -> dict[str, Any]:
    """Return the same for a consumer: of what a worker told, only what it told to the end."""
    if settings.embedded_broker:
        return options(settings)
    return {**options(settings), "isolation_level": "read_committed"}


def patient_options(settings: KafkaSettings) -> dict[str, Any]:
    """Return them for a consumer that takes what has gathered, not each record as it comes."""
    return {**consumer_options(settings), "fetch_min_bytes": GATHERED, "fetch_max_wait_ms": GATHER}


def producer_options(settings: KafkaSettings) -> dict[str, Any]:
    """Return the same for a producer of kafka-python, with what makes it safe.

    A cluster knows producers: nothing is doubled or put out of order by a retry. The embedded
    broker does not, so there is one request under way at a time.
    """
    if settings.embedded_broker:
        safe: dict[str, Any] = {
            "enable_idempotence": False, "max_in_flight_requests_per_connection": 1,
        }  # fmt: skip
    else:
        safe = {"enable_idempotence": True}
    return {**options(settings), "acks": "all", **safe}


def tls(settings: KafkaSettings) -> ssl.SSLContext:
    """Return the context that checks the brokers, and shows our own certificate where we have one.

    Raises `OSError` and `ssl.SSLError` for files that cannot be used.
    """
    context = ssl.create_default_context(
        cafile=str(settings.kafka_ca) if settings.kafka_ca else None
    )
    if settings.kafka_cert:
        context.load_cert_chain(settings.kafka_cert, settings.kafka_cert_key)
    return context
