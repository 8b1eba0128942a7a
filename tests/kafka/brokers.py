"""Apache Kafka for the tests.

Without Java or Maven, the tests that need it report so and are skipped; with `KAFKA_REQUIRED` set
they fail.
"""

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from hub.lab.bench import apache
from hub.lab.bench.apache import KafkaBroker, KafkaCluster, KafkaUnavailableError

__all__ = ["KafkaBroker", "KafkaCluster", "jars", "kafka"]


def jars() -> Path:
    """Return the folder of the broker's jars; skips the test if they are not available."""
    try:
        return apache.jars()
    except KafkaUnavailableError as error:
        if os.environ.get("KAFKA_REQUIRED"):
            pytest.fail(str(error))
        pytest.skip(str(error))


@contextlib.contextmanager
def kafka(
    folder: Path,
    count: int = 1,
    *,
    more: dict[str, str] | None = None,
    scram: str = "",
    links: Sequence[int] = (),
) -> Iterator[KafkaCluster]:
    """Run a fresh cluster, as `hub.lab.bench.apache.kafka` does."""
    jars()
    with apache.kafka(folder, count, more=more, scram=scram, links=links) as cluster:
        yield cluster
