"""Compares a result with what a case expects."""

import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.field.result import Result

Check = Callable[[Result, Any], list[str]]


def differences(result: Result, expect: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each difference.

    `any_of` lists expectations of which the result meets at least one.
    """
    if "any_of" in expect:
        tried = [differences(result, choice) for choice in expect["any_of"]]
        return [] if [] in tried else [" / or: ".join(reasons[0] for reasons in tried)]
    return [line for name, wanted in expect.items() for line in CHECKS[name](result, wanted)]


def _facts(result: Result, wanted: Sequence[Mapping[str, Any]]) -> list[str]:
    if len(result.facts) != len(wanted):
        return [f"{len(result.facts)} facts, expected {len(wanted)}; {result.faults}"]
    return [
        line
        for fact, fields in zip(result.facts, wanted, strict=True)
        for path, value in fields.items()
        for line in _value(path, _at(fact, path), value)
    ]


def _at(fact: object, path: str) -> object:
    """Return the value at a dotted path; `_all` is the whole fact."""
    if path == "_all":
        return fact
    for part in path.split("."):
        if isinstance(fact, list):
            fact = fact[int(part)] if int(part) < len(fact) else None
        else:
            fact = fact.get(part) if isinstance(fact, dict) else None
    return fact


def _value(path: str, value: object, wanted: object) -> list[str]:
    text = _text(value)
    if isinstance(wanted, dict):
        return [
            f"{path} is {text!r}: {name} {operand!r}"
            for name, operand in wanted.items()
            if not VALUE_CHECKS[name](text, operand)
        ]
    same = _moment(text) == _moment(wanted) if path == "occurred_at" else text == str(wanted)
    return [] if same else [f"{path} is {text!r}, expected {wanted!r}"]


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


def _digits(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text) if char.isdigit())


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


VALUE_CHECKS: Mapping[str, Callable[[str, Any], bool]] = {
    "contains": lambda text, parts: all(part in text for part in _listed(parts)),
    "lacks": lambda text, parts: not any(part in text for part in _listed(parts)),
    "not": lambda text, other: text != str(other),
    "any_of": lambda text, choices: text in map(str, choices),
    "hides": lambda text, digits: digits not in _digits(text),
}


def _same(result: Result, pairs: Sequence[tuple[int, int]]) -> list[str]:
    return [
        f"reports {left} and {right} have different reporter keys"
        for left, right in pairs
        if result.keys[left] != result.keys[right]
    ]


def _different_or_empty(result: Result, pairs: Sequence[tuple[int, int]]) -> list[str]:
    return [
        f"reports {left} and {right} share a reporter key"
        for left, right in pairs
        if result.keys[left] and result.keys[left] == result.keys[right]
    ]


def _equal(name: str, read: Callable[[Result], object]) -> Check:
    def check(result: Result, wanted: object) -> list[str]:
        value = read(result)
        return [] if value == wanted else [f"{name}: {value}, expected {wanted}; {result.faults}"]

    return check


def _needs(name: str, holds: Callable[[Result, Any], bool]) -> Check:
    def check(result: Result, wanted: object) -> list[str]:
        if holds(result, wanted):
            return []
        return [f"{name} {wanted}: {result.status} {result.answer!r} {result.faults}"]

    return check


CHECKS: Mapping[str, Check] = {
    "facts": _facts,
    "ids": lambda result, ids: _equal(
        "ids", lambda shown: sorted(fact["native_id"] for fact in shown.facts)
    )(result, sorted(ids)),
    "faults": _equal("faults", lambda result: len(result.faults)),
    "faults_min": _needs("at least as many faults", lambda result, n: len(result.faults) >= n),
    "fault_reasons": _equal("reasons", lambda result: result.reasons),
    "fault_detail_has": _needs(
        "a fault names one of",
        lambda result, words: any(word in "".join(result.faults) for word in _listed(words)),
    ),
    "skipped": _equal("skipped", lambda result: result.skipped),
    "skipped_any": _needs("something is skipped", lambda result, _: bool(result.skipped)),
    "errors": _equal("failed rounds", lambda result: len(result.errors)),
    "kept": _equal("messages in the journal", lambda result: result.kept),
    "status": _needs("the status is one of", lambda result, choices: result.status in choices),
    "body_has": _needs(
        "the answer names one of",
        lambda result, words: any(word in result.answer for word in words),
    ),
    "same": _same,
    "different_or_empty": _different_or_empty,
}
