"""Numbered records 编号记录: what the records of projects and of deliberations share.

The records of one matter are numbered from 1. Of two with the same number the earlier one counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol, TypeVar
from uuid import UUID

from pydantic import Field

from schemas.base import BEIJING, Frozen, Instant

CODE = r"^[0-9A-HJKMNP-TV-Z]{10}$"
"""Code of a project or deliberation: 50 bits in Crockford's base 32, as on its board."""
PHOTO = r"^[0-9a-f]{64}\.jpg$"
"""Name of a photo that the hub keeps: the SHA-256 of its bytes as they were sent."""
SUPERVISION_NAMES = {"": "", "yellow": "将到期", "red": "超期", "up": "提级督办"}
"""Chinese names of the levels of supervision 督办, as the views have them."""


class Paper(Frozen):
    """A picture of a paper or of the place. Only a public one is on the public page."""

    photo: str = Field(pattern=PHOTO, description="name of the photo that the hub keeps")
    is_public: bool = Field(default=False, description="staff say that it shows no person's data")


class NumberedRecord(Frozen):
    """What every numbered record has. Its matter is a project or a deliberation."""

    record_id: UUID
    code: str = Field(pattern=CODE)
    seq: int = Field(ge=1)
    at: Instant
    actor: str = Field(description="name of the member of staff, or of the operator's command")
    unit: str = Field(description="unit that is responsible for the matter")
    division_code: str
    grid_code: str = ""


RecordT = TypeVar("RecordT", bound=NumberedRecord)


def counted(records: Iterable[RecordT]) -> list[RecordT]:
    """Return the records that count, by number; of those with the same number the earliest."""
    first: dict[int, RecordT] = {}
    for record in sorted(records, key=_order):
        first.setdefault(record.seq, record)
    return list(first.values())


def _order(record: NumberedRecord) -> tuple[int, datetime, str]:
    """Return what records are sorted by; the store keeps times in milliseconds, so do we here."""
    at = record.at.replace(microsecond=record.at.microsecond // 1000 * 1000)
    return record.seq, at, str(record.record_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A part of the way of a matter; `left_at` is None while the matter is in it."""

    entered_at: datetime
    due: date
    left_at: datetime | None = None
    papers: tuple[Paper, ...] = ()
    notes: tuple[str, ...] = ()

    def days_late(self, now: datetime) -> int:
        """Return by how many days it is overdue; 0 if it is not."""
        return max((now.astimezone(BEIJING).date() - self.due).days, 0)


class Matter(Protocol):
    """A project or a deliberation, as its records fold."""

    @property
    def code(self) -> str:
        """Its code."""

    @property
    def spans(self) -> Sequence[Span]:
        """The parts of its way, with their papers."""


class Evidence(Protocol):
    """A record with papers and a note about the part that a matter is in."""

    @property
    def at(self) -> datetime:
        """When it was written."""

    @property
    def papers(self) -> tuple[Paper, ...]:
        """The papers."""

    @property
    def note(self) -> str:
        """The note; empty if there is none."""


SpanT = TypeVar("SpanT", bound=Span)


def with_evidence(spans: tuple[SpanT, ...], record: Evidence) -> tuple[SpanT, ...]:
    """Return the spans with papers and note of a record in the last one."""
    *earlier, present = spans
    notes = (*present.notes, record.note) if record.note else present.notes
    return (*earlier, replace(present, papers=(*present.papers, *record.papers), notes=notes))


def ended(spans: tuple[SpanT, ...], record: Evidence) -> tuple[SpanT, ...]:
    """Return the spans, of which the last one ends with a record that proves it."""
    *earlier, present = with_evidence(spans, record)
    return (*earlier, replace(present, left_at=record.at))
