"""JSON Schema and AsyncAPI 3 接口文档 of all topics, generated from the models. Pure.

The figures that a city publishes are on no topic; their JSON Schema is beside the others.
"""

import json
from typing import Any

from schemas.base import SCHEMA_VERSION, Frozen
from schemas.province import CityFigures
from schemas.topic import INTAKE_TOPICS, TOPICS, BodyTopic, Topic

ASYNCAPI = "3.0.0"
CE_HEADERS = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {
            "type": "string",
            "description": "id of the body; one fact always has one id",
        },
        "ce_source": {"type": "string", "format": "uri-reference"},
        "ce_type": {"type": "string"},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_subject": {"type": "string"},
        "ce_dataschema": {
            "type": "string",
            "format": "uri",
            "description": "the version of the model that wrote the body: its name, and a hash",
        },
        "content-type": {"const": "application/json"},
    },
}


def bodies() -> list[type[Frozen]]:
    """Return the models of all bodies on our topics."""
    return [topic.body for topic in TOPICS]


def json_schema(model: type[Frozen]) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a serialised body."""
    schema = model.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def asyncapi() -> dict[str, Any]:
    """Return the AsyncAPI document; payloads refer to the JSON Schemas beside it."""
    return {
        "asyncapi": ASYNCAPI,
        "info": {
            "title": "民情枢纽 minqing-hub",
            "version": f"{SCHEMA_VERSION}.0.0",
            "description": "Topics of the hub: CloudEvents 1.0 in Kafka binary mode, JSON bodies.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "embedded": {"host": "127.0.0.1:19092", "protocol": "kafka"},
        },
        "channels": {
            **{topic.name: _channel(topic) for topic in TOPICS},
            **{topic.name: _raw_channel(topic) for topic in INTAKE_TOPICS},
        },
        "operations": {
            **{f"receive {topic.name}": _operation(topic, "send") for topic in TOPICS},
            **{f"send {topic.name}": _operation(topic, "receive") for topic in INTAKE_TOPICS},
        },
    }


def _channel(topic: BodyTopic[Any]) -> dict[str, Any]:
    name = topic.body.__name__
    message = {
        "name": topic.event_type,
        "headers": CE_HEADERS,
        "payload": {"$ref": f"./schemas/{name}.json"},
        "bindings": {"kafka": {"key": {"type": "string", "description": topic.key}}},
    }
    return _describe(topic) | {"messages": {name: message}}


def _raw_channel(topic: Topic) -> dict[str, Any]:
    message = {"name": "raw", "payload": {"description": "the channel's own bytes"}}
    return _describe(topic) | {"messages": {"raw": message}}


def _describe(topic: Topic) -> dict[str, Any]:
    kafka: dict[str, Any] = {"partitions": topic.partitions}
    if topic.compacted:
        kafka["topicConfiguration"] = {"cleanup.policy": ["compact"]}
    return {
        "address": topic.name,
        "description": topic.description,
        "bindings": {"kafka": kafka},
    }


def _operation(topic: Topic, action: str) -> dict[str, Any]:
    """Return an operation from the point of view of the hub."""
    return {"action": action, "channel": {"$ref": f"#/channels/{topic.name}"}}


def documents() -> dict[str, str]:
    """Return file name → text of each generated document under `docs/`."""
    models: list[type[Frozen]] = [*bodies(), CityFigures]
    texts = {f"schemas/{model.__name__}.json": _dump(json_schema(model)) for model in models}
    texts["asyncapi.json"] = _dump(asyncapi())
    return texts
