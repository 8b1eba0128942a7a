"""One broker of each kind for the tests of a file: no broker runs on beside other tests."""

from collections.abc import Iterator

import pytest

from hub.broker.log_mark import mark_republished
from hub.broker.topics import ensure_topics
from hub.settings import Settings
from tests.integration.parts import broker, free_port
from tests.kafka.brokers import kafka
from tests.kafka.places import Broker, Memory, Place


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Return settings of a hub at the embedded broker."""
    port = free_port()
    with broker(port):
        yield Settings(data=tmp_path_factory.mktemp("embedded"), broker_port=port)


@pytest.fixture(scope="module")
def apache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Return settings of a hub at Apache Kafka."""
    folder = tmp_path_factory.mktemp("apache")
    with kafka(folder / "kafka") as cluster:
        yield Settings(data=folder, kafka=cluster.bootstrap)


KINDS = ["embedded", pytest.param("apache", marks=pytest.mark.slow)]


@pytest.fixture(scope="module", params=KINDS)
def settings(request: pytest.FixtureRequest) -> Settings:
    """Return settings of a hub at a broker of each kind, with the topics created."""
    settings: Settings = request.getfixturevalue(request.param)
    ensure_topics(settings)
    if settings.embedded_broker:
        mark_republished(settings)
    return settings


@pytest.fixture(scope="module", params=[*KINDS, "memory"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Return each place that can store the hub's records."""
    if request.param == "memory":
        yield Memory()
        return
    settings: Settings = request.getfixturevalue(request.param)
    ensure_topics(settings)
    if settings.embedded_broker:
        mark_republished(settings)
    place = Broker(settings)
    yield place
    place.close()
