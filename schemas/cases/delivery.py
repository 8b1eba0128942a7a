"""Delivery 送达: what came of telling a channel, on `deliveries.v1`; the proof that it was told."""

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from schemas.base import SCHEMA_VERSION, Frozen, Instant
from schemas.cases.case import Move
from schemas.cases.command import Feedback


class DeliveryOutcome(StrEnum):
    """What came of one feedback."""

    DELIVERED = "delivered"
    NOT_TOLD = "not_told"
    """its channel does not want to hear of such a step"""
    DEAD = "dead"
    """given up; it stands on `feedback-dead.v1`"""


class Delivery(Frozen):
    """The end of one feedback's way."""

    feedback_id: UUID
    case_id: UUID
    event_id: UUID
    channel: str
    native_id: str
    move: Move
    outcome: DeliveryOutcome
    way: str = Field(description="http, wechat, mail, file, table, topic, pull")
    attempts: int = Field(ge=0)
    at: Instant
    proof: str = Field(default="", description="what the receiver answered, file name, Message-ID")
    reason: str = Field(default="", description="why it was given up")
    schema_version: int = SCHEMA_VERSION


class DeadFeedback(Frozen):
    """A feedback that was given up, whole, with the reason; told again by `hub feedback retry`."""

    feedback: Feedback
    attempts: int
    reason: str
    at: Instant
    schema_version: int = SCHEMA_VERSION
