"""The record of each body: its partition, key and CloudEvents attributes never change."""

import json
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from schemas.base import SCHEMA_VERSION
from schemas.cloudevent import partition_of
from schemas.dataschema import dataschema_of
from schemas.route import UNKNOWN_ROUTE, city_of
from schemas.topic import (
    CASE_REPORTS,
    CASE_STATE,
    COMMANDS,
    DISPOSITIONS,
    EVENTS,
    INTAKE_TOPICS,
    TOPICS,
    BodyTopic,
)

RECORDED = Path(__file__).parent / "recorded"
CITY = "421200"
RECORDS = json.loads((Path(__file__).parent / "records.json").read_text("utf-8"))
"""Topic → partition, key, id, time and subject of the record of its recorded body."""


def recorded(topic: BodyTopic[Any]) -> Any:
    """Return the recorded body of a topic."""
    path = RECORDED / f"{topic.body.__name__}.v{SCHEMA_VERSION}.json"
    return topic.body.model_validate_json(path.read_bytes())


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_the_record_of_a_body_stays_as_it_is(topic: BodyTopic[Any]) -> None:
    """Subscribers and restores depend on keys, partitions and headers."""
    body = recorded(topic)
    record = topic.record(body, route=CITY if topic in (CASE_STATE, CASE_REPORTS) else "")
    pinned = RECORDS[topic.name]
    assert (record.topic, record.partition) == (topic.name, pinned["partition"])
    assert record.key == pinned["key"].encode()
    assert record.value == body.model_dump_json().encode()
    assert record.headers == [
        ("ce_id", pinned["id"].encode()),
        ("ce_source", b"/minqing-hub"),
        ("ce_type", topic.event_type.encode()),
        ("ce_specversion", b"1.0"),
        ("ce_time", pinned["time"].encode()),
        ("ce_dataschema", dataschema_of(topic.body)),
        ("content-type", b"application/json"),
        *([("ce_subject", pinned["subject"].encode())] if pinned["subject"] else []),
    ]


def test_the_route_decides_the_partition_and_the_key_stays() -> None:
    """A snapshot has the case as its key and lies in the partition of its city."""
    case = recorded(CASE_STATE)
    record = CASE_STATE.record(case, route="421200")
    assert record.key == str(case.case_id).encode()
    assert record.partition == partition_of("421200", CASE_STATE.partitions)


@pytest.mark.parametrize(
    "topic", [EVENTS, CASE_STATE, CASE_REPORTS, COMMANDS, DISPOSITIONS], ids=attrgetter("name")
)
def test_the_route_of_a_township_leads_to_the_partition_of_its_city(topic: BodyTopic[Any]) -> None:
    """Routes that were stored before an upgrade reach the cases of their city."""
    body = recorded(topic)
    former, today = (topic.record(body, route=route) for route in ("421299001", "421200"))
    assert former.partition == today.partition


def test_a_city_is_a_prefecture_or_a_municipality() -> None:
    """Every level of a city has its route; an unknown place and a text that is no code keep theirs.

    The route of a route is the route itself.
    """
    codes = ("420281", "420222001", "420200", "420281001002", "500101", "500230001")
    assert [city_of(code) for code in codes] == ["420200"] * 4 + ["500000"] * 2
    assert [city_of(code) for code in (UNKNOWN_ROUTE, "", "4202", "网格")] == [
        UNKNOWN_ROUTE,
        "",
        "4202",
        "网格",
    ]


def test_topic_names_and_event_types_are_unique() -> None:
    """No two topics share a name, and no two topics with bodies share an event type."""
    names = [topic.name for topic in (*TOPICS, *INTAKE_TOPICS)]
    assert len(set(names)) == len(names)
    assert len({topic.event_type for topic in TOPICS}) == len(TOPICS)
