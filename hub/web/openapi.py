"""Parts that all OpenAPI descriptions of the hub share."""

from collections.abc import Sequence
from typing import Any

from hub.web.problem import PROBLEMS, Problem

REF = "#/components/schemas/{model}"

PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "enum": [str(problem) for problem in Problem]},
        "detail": {"type": "string"},
    },
}


def problem_responses(problems: Sequence[Problem]) -> dict[str, Any]:
    """Return the OpenAPI responses of problems, keyed by HTTP status."""
    responses: dict[str, Any] = {}
    for problem in problems:
        status, meaning = PROBLEMS[problem]
        known = responses.get(str(status))
        description = f"{known['description']}; {meaning}" if known else meaning
        responses[str(status)] = {
            "description": description,
            "content": {
                "application/problem+json": {"schema": {"$ref": REF.format(model="Problem")}}
            },
        }
    return responses
