"""TLS and SASL against Apache Kafka: valid credentials connect, invalid ones do not."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from kafka import KafkaConsumer, TopicPartition

from hub.broker.connection import options
from hub.broker.producer import KafkaSender
from hub.broker.topics import ensure_topics
from hub.settings import Settings
from hub.settings.kafka import KafkaSecurity
from schemas.cloudevent import Record, from_record
from schemas.reports.receipt import Disposition
from schemas.topic import DISPOSITIONS, RECEIPTS
from tests.builders.town import event
from tests.integration.parts import await_true, environment, kill, start
from tests.integration.test_worker import Reader, just_now, publish
from tests.kafka.brokers import kafka
from tests.kafka.certificates import Authority

pytestmark = pytest.mark.slow

ASK = """
from kafka import KafkaConsumer
from kafka.errors import KafkaError
from hub.broker.connection import options
from hub.settings import Settings
try:
    KafkaConsumer(bootstrap_timeout_ms=5000, **options(Settings())).topics()
except (KafkaError, OSError):
    print("out")
else:
    print("in")
"""
USER, PASSWORD = "hub", "correct horse battery staple"
JAAS = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


def listeners(security: KafkaSecurity) -> dict[str, str]:
    """Return the listener settings of a broker."""
    return {
        "listeners": f"{security}://127.0.0.1:{{port}},CONTROLLER://127.0.0.1:{{controller}}",
        "advertised.listeners": f"{security}://127.0.0.1:{{port}}",
        "listener.security.protocol.map": f"{security}:{security},CONTROLLER:PLAINTEXT",
        "security.inter.broker.protocol": str(security),
        "ssl.client.auth": "required" if security is KafkaSecurity.SSL else "none",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": JAAS.replace(
            ";", f' username="{USER}" password="{PASSWORD}";'
        ),
    }


@pytest.fixture(
    scope="module", params=[KafkaSecurity.SSL, KafkaSecurity.SASL_SSL], ids=["mutual", "scram"]
)
def settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """Return valid settings, by client certificate or by password."""
    folder, security = tmp_path_factory.mktemp("access"), request.param
    authority = Authority(folder / "ca", "the city")
    certificate, key = authority.sign("broker")
    store = folder / "broker-store.pem"
    store.write_bytes(key.read_bytes() + certificate.read_bytes())
    more = listeners(security) | {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(store),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority.ca),
    }
    scram = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
    with kafka(folder / "kafka", more=more, scram=scram) as cluster:
        values: dict[str, Any] = {
            "data": folder,
            "kafka": cluster.bootstrap,
            "kafka_security": security,
            "kafka_ca": authority.ca,
        }
        if security is KafkaSecurity.SSL:
            ours, private = authority.sign("hub")
            values |= {"kafka_cert": ours, "kafka_cert_key": private}
        else:
            secret = folder / "password"
            secret.write_text(f"{PASSWORD}\n", encoding="utf-8")
            values |= {"kafka_user": USER, "kafka_password_file": secret}
        settings = Settings(**values)
        ensure_topics(settings)
        yield settings


def test_valid_credentials_connect(settings: Settings) -> None:
    """Valid credentials let sender, reader and worker connect."""
    sender = KafkaSender(settings)
    sender.send_all([Record(RECEIPTS.name, 0, b"k", b"v", [])])
    sender.close()
    reader = KafkaConsumer(enable_auto_commit=False, **options(settings))
    reader.assign([TopicPartition(RECEIPTS.name, 0)])
    reader.seek_to_beginning()
    values: list[bytes] = []

    def read() -> bool:
        for records in reader.poll(timeout_ms=200).values():
            values.extend(record.value for record in records)
        return bool(values)

    await_true(read, "it is back")
    reader.close()
    access = {name: getattr(settings, name) for name in settings.model_fields_set - {"data"}}
    worker = start("hub.processes.worker", settings.data, **access)
    report = just_now(event(f"x-{uuid4()}", confidential=True))
    dispositions = Reader(options(settings), DISPOSITIONS)
    try:
        publish(options(settings), [report])
        await_true(
            lambda: (
                report.event_id
                in {from_record(Disposition, value).event_id for value in dispositions.read()}
            ),
            "it is decided",
        )
    finally:
        kill(worker)
        dispositions.close()


def _set_only(settings: dict[str, Any]) -> dict[str, Any]:
    """Leave out settings without a value."""
    return {name: value for name, value in settings.items() if value is not None}


def test_invalid_credentials_are_refused(settings: Settings, tmp_path: Path) -> None:
    """An unknown authority, a missing certificate and a wrong password are refused."""
    stranger = Authority(tmp_path / "stranger", "somebody else")
    wrong = tmp_path / "wrong"
    wrong.write_text("guess", encoding="utf-8")
    right = {name: getattr(settings, name) for name in settings.model_fields_set - {"data"}}
    changes: list[dict[str, Any]] = [{"kafka_ca": stranger.ca}]
    if settings.kafka_cert:
        ours, private = stranger.sign("hub")
        changes += [
            {"kafka_cert": None, "kafka_cert_key": None},
            {"kafka_cert": ours, "kafka_cert_key": private},
        ]
    else:
        changes += [{"kafka_password_file": wrong}, {"kafka_user": "nobody"}]
    # As processes, because the client does not close sockets whose login failed.
    asks = {
        str(change): subprocess.Popen(
            [sys.executable, "-c", ASK],
            env=environment(**_set_only(right | change)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for change in ({}, *changes)
    }
    answers = {change: ask.communicate(timeout=180)[0].strip() for change, ask in asks.items()}
    assert answers.pop("{}") == "in"
    assert set(answers.values()) == {"out"}, answers
