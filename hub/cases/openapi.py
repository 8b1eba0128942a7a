"""OpenAPI 3.1 description of the case API 接口说明, from the models that the handlers use."""

from functools import cache
from importlib.metadata import version
from typing import Any

from pydantic.json_schema import models_json_schema

from hub.cases.request import CommandRequest
from hub.web.openapi import PROBLEM_SCHEMA, REF, problem_responses
from hub.web.problem import Problem
from schemas.cases.case import Case
from schemas.cases.command import CommandOutcome

COMMAND_PROBLEMS = (
    *(Problem.BAD_REQUEST, Problem.BAD_TOKEN, Problem.NOT_YOURS, Problem.NOT_FOUND),
    *(Problem.REFUSED, Problem.SEVERAL_CASES, Problem.TOO_LARGE, Problem.BROKER_AWAY),
    Problem.STORE_AWAY,
)
LOOK_PROBLEMS = (
    *(Problem.BAD_REQUEST, Problem.BAD_TOKEN, Problem.NOT_YOURS, Problem.NOT_FOUND),
    *(Problem.SEVERAL_CASES, Problem.STORE_AWAY),
)


@cache
def openapi() -> dict[str, Any]:
    """Return the description."""
    _, definitions = models_json_schema(
        [
            (Case, "serialization"),
            (CommandOutcome, "serialization"),
            (CommandRequest, "validation"),
        ],
        ref_template=REF,
    )
    schemas = definitions["$defs"] | {"Problem": PROBLEM_SCHEMA, "Later": _LATER}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "民情枢纽 case API",
            "version": version("minqing-hub"),
            "description": "Read a case and send it commands. A command is idempotent by its id.",
        },
        "security": [{"token": []}],
        "paths": {
            "/api/v1/cases/{case_id}": {
                "parameters": [_CASE_PARAMETER],
                "get": _operation("getCase", "The case at its last entry", "Case", LOOK_PROBLEMS),
            },
            "/api/v1/cases/{case_id}/commands": {
                "parameters": [_CASE_PARAMETER],
                "post": _commanding(),
            },
            "/api/v1/commands/{command_id}": {
                "parameters": [_parameter("command_id")],
                "get": _operation(
                    "getOutcome", "The outcome of a command", "CommandOutcome", LOOK_PROBLEMS
                ),
            },
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas,
        },
    }


_LATER = {
    "type": "object",
    "required": ["command_id", "outcome"],
    "properties": {
        "command_id": {"type": "string", "format": "uuid"},
        "outcome": {"type": "string", "description": "URL at which the outcome will appear"},
    },
}


def _parameter(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "format": "uuid"},
    }


_CASE_PARAMETER = {
    "name": "case_id",
    "in": "path",
    "required": True,
    "description": "id of the case, or its short number 事项号, with or without the city before it",
    "schema": {"type": "string"},
    "examples": {
        "number": {"value": "20261128-00042"},
        "number with the city": {"value": "420800-20261128-00042"},
        "id": {"value": "6f1d3c1e-8a55-5a0f-9a5e-3a2c6e1b7d10"},
    },
}


def _json(model: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": REF.format(model=model)}}}


def _operation(
    name: str, summary: str, model: str, problems: tuple[Problem, ...]
) -> dict[str, Any]:
    answers: dict[str, Any] = {"200": {"description": summary, "content": _json(model)}}
    return {
        "operationId": name,
        "summary": summary,
        "responses": answers | problem_responses(problems),
    }


def _commanding() -> dict[str, Any]:
    operation = _operation(
        "command", "The outcome and new state", "CommandOutcome", COMMAND_PROBLEMS
    )
    operation["requestBody"] = {"required": True, "content": _json("CommandRequest")}
    operation["responses"]["202"] = {
        "description": "The command was sent, but no worker has answered yet",
        "headers": {"Location": {"schema": {"type": "string"}}},
        "content": _json("Later"),
    }
    return operation
