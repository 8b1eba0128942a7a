"""The schemas are valid, and what we send fits them."""

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
    """Each is JSON Schema 2020-12."""
    Draft202012Validator.check_schema(json_schema(model))


def test_what_is_sent_fits_its_schema() -> None:
    """An event, its case entries and its disposition as they are written."""
    told = event("a")
    effects = step(PartitionState(), told, REGISTER)
    for body in (told, *effects.case_events, effects.disposition):
        assert body is not None
        written = json.loads(body.model_dump_json())
        Draft202012Validator(json_schema(type(body))).validate(written)


def test_every_topic_is_in_the_asyncapi_document() -> None:
    """With an operation each, and every reference leads somewhere."""
    document = asyncapi()
    names = {topic.name for topic in (*TOPICS, *INTAKE_TOPICS)}
    assert set(document["channels"]) == names
    led_to = {op["channel"]["$ref"] for op in document["operations"].values()}
    assert led_to == {f"#/channels/{name}" for name in names}
    for topic in TOPICS:
        (message,) = document["channels"][topic.name]["messages"].values()
        assert (DOCS / message["payload"]["$ref"]).exists()
