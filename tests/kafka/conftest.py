"""One broker of each kind for all tests of a file's process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.settings import Settings
from tests.integration.parts import broker, free_port
from tests.kafka.brokers import kafka


@pytest.fixture(scope="session", params=["embedded", "apache"])
def settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """Return settings of a hub at a broker: the embedded one, and Apache Kafka."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    if request.param == "embedded":
        port = free_port()
        with broker(port):
            yield Settings(data=folder, broker_port=port)
        return
    with kafka(folder / "kafka") as cluster:
        yield Settings(data=folder, kafka=cluster.bootstrap)
