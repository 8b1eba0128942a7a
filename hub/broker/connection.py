"""Connecting to the broker 连接代理: addresses, TLS and SASL.

kafka-python and aiokafka use the same names for these options. Secrets come from files only. The
embedded broker listens on loopback and has no authentication.
"""

import ssl
from typing import Any

from hub.settings.kafka import KafkaSecurity, KafkaSettings

_preloaded: dict[KafkaSettings, tuple[ssl.SSLContext | None, str]] = {}
"""TLS context and password, read before the process lost access to their files."""

WOKEN_MAX_WAIT_MS = 5
"""The embedded broker answers a reader that waits at its wake-up after so long.

It looks for records at the start of the time, and some more times until its end.
"""
FETCH_MIN_BYTES, FETCH_MAX_WAIT_MS = 64 * 1024, 250
"""The broker answers a batching consumer once it has so many bytes, or after so long."""


def preload_credentials(settings: KafkaSettings) -> None:
    """Read password and certificates now, because the process cannot open their files later.

    Raises `OSError` and `ssl.SSLError` for files that cannot be used.
    """
    if not settings.embedded_broker:
        context = tls(settings) if settings.kafka_security.has_tls else None
        _preloaded[settings] = (context, settings.kafka_password)


def options(settings: KafkaSettings) -> dict[str, Any]:
    """Return the options of every client, of kafka-python and aiokafka."""
    client: dict[str, Any] = {"bootstrap_servers": settings.bootstrap}
    if settings.embedded_broker or settings.kafka_security is KafkaSecurity.PLAINTEXT:
        return client
    client["security_protocol"] = str(settings.kafka_security)
    context, password = _preloaded.get(settings) or (None, "")
    if settings.kafka_security.has_tls:
        client["ssl_context"] = context or tls(settings)
    if settings.kafka_security.has_sasl:
        client |= {
            "sasl_mechanism": settings.kafka_sasl,
            "sasl_plain_username": settings.kafka_user,
            "sasl_plain_password": password or settings.kafka_password,
        }
    return client


def consumer_options(settings: KafkaSettings) -> dict[str, Any]:
    """Return the options of a consumer, which reads committed transactions only."""
    if settings.embedded_broker:
        return options(settings)
    return {**options(settings), "isolation_level": "read_committed"}


def woken_options(settings: KafkaSettings) -> dict[str, Any]:
    """Return the options of a consumer that waits at a wake-up, if the broker is embedded."""
    if settings.embedded_broker:
        return {**options(settings), "fetch_max_wait_ms": WOKEN_MAX_WAIT_MS}
    return consumer_options(settings)


def batching_options(settings: KafkaSettings) -> dict[str, Any]:
    """Return the same of a consumer that prefers large batches to a short delay."""
    if settings.embedded_broker:
        return woken_options(settings)
    return {
        **consumer_options(settings),
        "fetch_min_bytes": FETCH_MIN_BYTES,
        "fetch_max_wait_ms": FETCH_MAX_WAIT_MS,
    }


def producer_options(settings: KafkaSettings) -> dict[str, Any]:
    """Return the options of a kafka-python producer that is safe to retry.

    On a cluster the producer is idempotent. The embedded broker does not support that, so only one
    request at a time is in flight, and a retry cannot reorder records.
    """
    if settings.embedded_broker:
        ordering: dict[str, Any] = {
            "enable_idempotence": False,
            "max_in_flight_requests_per_connection": 1,
        }
    else:
        ordering = {"enable_idempotence": True}
    return {**options(settings), "acks": "all", **ordering}


def tls(settings: KafkaSettings) -> ssl.SSLContext:
    """Return the TLS context: it verifies the brokers and presents our certificate, if we have one.

    Raises `OSError` and `ssl.SSLError` for files that cannot be used.
    """
    context = ssl.create_default_context(
        cafile=str(settings.kafka_ca) if settings.kafka_ca else None
    )
    if settings.kafka_cert:
        context.load_cert_chain(settings.kafka_cert, settings.kafka_cert_key)
    return context
