"""The way out 送出: what a step leads to as records, and who sends them.

Whatever sends them keeps one promise: what a batch has led to is told as a whole, or, where a
worker died in the middle, completed before anything else is told of that partition. So no
subscriber is ever told two different entries under one number.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from schemas.base import Frozen
from schemas.binding import Record, encode
from schemas.topic import CASE_STATE, CASES, DISPOSITIONS, FEEDBACK, OUTCOMES, Topic
from streams.case.state import Effects

Reach = Mapping[str, int]
"""Topic → offset, in one partition."""
Kinds = tuple[list[Record], list[Record], list[Record]]
"""Feedback and entries; snapshots; dispositions and outcomes."""


@dataclass(frozen=True, slots=True)
class Takeover:
    """What a worker finds that takes a partition over."""

    reach: Reach
    """How far its topics must be read at least to know all that was told of it."""
    untouched: bool
    """Whether nobody else has told of it since this worker did: what it knows is still so."""


class Outlet(Protocol):
    """Sends what one worker decides."""

    async def take_over(self, partition: int) -> Takeover:
        """Make sure that nobody else tells of a partition from now on; before it is restored."""

    async def tell(self, partition: int, kinds: Kinds) -> None:
        """Return once the broker has all."""

    async def forget(self, partition: int, cases: Sequence[UUID]) -> None:
        """Let no worker restore these any more: they were settled a month ago."""

    async def let_go(self, partition: int) -> None:
        """Tell of a partition no more."""


def records_of(effects: Effects) -> Kinds:
    """Return the records of a step, in the order in which the broker must have them.

    A worker that is killed steps an event again unless its disposition is there, and knows of a
    case what its snapshot says. So feedback and entries come before the snapshots, or they would
    be missing for ever, and snapshots before dispositions and outcomes.
    """
    told = [_record(FEEDBACK, one, one.feedback_id, one.at, one.channel)
            for one in effects.feedback]  # fmt: skip
    told += [_record(CASES, entry, entry.case_event_id, entry.at, str(entry.case_id))
             for entry in effects.case_events]  # fmt: skip
    states = [
        _record(
            CASE_STATE, entry.case, entry.case_event_id, entry.at, str(entry.case_id), effects.route
        )
        for entry in effects.case_events
    ]
    decisions: list[Record] = []
    if effects.outcome is not None:
        answer = effects.outcome
        decisions.append(
            _record(OUTCOMES, answer, answer.command_id, answer.at, str(answer.command_id))
        )
    if effects.disposition is not None:
        made = effects.disposition
        decisions.append(_record(DISPOSITIONS, made, made.event_id, made.at, effects.route))
    return told, states, decisions


def kinds_of(made: Iterable[Effects]) -> Kinds:
    """Return the records of many steps, one kind after the other."""
    kinds: Kinds = ([], [], [])
    for effects in made:
        for kind, records in zip(kinds, records_of(effects), strict=True):
            kind.extend(records)
    return kinds


def flat(kinds: Sequence[list[Record]]) -> list[Record]:
    """Return all records in the order of sending."""
    return [record for kind in kinds for record in kind]


def _record(
    topic: Topic, body: Frozen, body_id: UUID, at: datetime, key: str, route: str = ""
) -> Record:
    return encode(topic, body, event_id=str(body_id), time=at, key=key, route=route)
