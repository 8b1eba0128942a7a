"""Receipts and dispositions 回执与去向: the outcome of each message and of each event."""

from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from schemas.base import SCHEMA_VERSION, Frozen, Instant


class Receipt(Frozen):
    """The outcome of one raw message, on `receipts.v1`; every part is counted once."""

    receipt_id: UUID
    channel: str
    received_at: Instant
    size: int = Field(description="bytes")
    event_ids: tuple[UUID, ...] = ()
    rejected_ids: tuple[UUID, ...] = ()
    duplicates: int = 0
    skipped: Mapping[str, int] = Field(default_factory=dict)
    replay_of: UUID | None = Field(
        default=None, description="receipt of the rejected message that was replayed"
    )
    schema_version: int = SCHEMA_VERSION


class Outcome(StrEnum):
    """Outcome of an event."""

    OPENED = "opened"
    """立案"""
    MERGED = "merged"
    """并案: joined the case of the same matter"""
    FOLLOWED = "followed"
    """催办等: joined its own case"""
    WITHDRAWN = "withdrawn"
    """撤诉"""
    EVALUATED = "evaluated"
    """回访"""
    NOTED = "noted"
    """巡查、走访无异常, counted as coverage; a stage of a service item 办件环节; no case"""
    ORPHANED = "orphaned"
    """待核: a follow-up whose report is unknown; shown, and decided again when that arrives"""


class Disposition(Frozen):
    """The outcome of one event, on `dispositions.v1`, in the partition of the event.

    In the store it is complete when all entries of `case_event_ids` are stored too.
    """

    event_id: UUID
    receipt_id: UUID
    channel: str
    route: str
    outcome: Outcome
    case_id: UUID | None = None
    case_event_ids: tuple[UUID, ...] = ()
    at: Instant
    schema_version: int = SCHEMA_VERSION
