"""The generated schemas are valid, and the bodies of the hub fit them."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from schemas.export import asyncapi, bodies, json_schema
from schemas.topic import INTAKE_TOPICS, TOPICS
from streams.case.state import PartitionState
from streams.steps.event import step
from tests.builders.town import REGISTER, event

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("model", bodies())
def test_a_schema_is_valid(model: type) -> None:
    """Each schema is JSON Schema 2020-12."""
    Draft202012Validator.check_schema(json_schema(model))


def test_bodies_fit_their_schemas() -> None:
    """An event, its case entries and its disposition validate as they are serialised."""
    report = event("a")
    effects = step(PartitionState(), report, REGISTER)
    for body in (report, *effects.case_events, effects.disposition):
        assert body is not None
        written = json.loads(body.model_dump_json())
        Draft202012Validator(json_schema(type(body))).validate(written)


def test_every_topic_is_in_the_asyncapi_document() -> None:
    """Each topic has an operation, and every reference resolves."""
    document = asyncapi()
    names = {topic.name for topic in (*TOPICS, *INTAKE_TOPICS)}
    assert set(document["channels"]) == names
    targets = {op["channel"]["$ref"] for op in document["operations"].values()}
    assert targets == {f"#/channels/{name}" for name in names}
    for topic in TOPICS:
        (message,) = document["channels"][topic.name]["messages"].values()
        assert (DOCS / message["payload"]["$ref"]).exists()
