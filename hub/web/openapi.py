"""Parts that every OpenAPI description of the hub shares."""

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


def answers_of(problems: Sequence[Problem]) -> dict[str, Any]:
    """Return the answers that are problems, by status."""
    answers: dict[str, Any] = {}
    for problem in problems:
        status, meaning = PROBLEMS[problem]
        known = answers.get(str(status))
        told = f"{known['description']}; {meaning}" if known else meaning
        answers[str(status)] = {
            "description": told,
            "content": {
                "application/problem+json": {"schema": {"$ref": REF.format(model="Problem")}}
            },
        }
    return answers
