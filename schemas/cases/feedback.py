"""Feedback 反馈 to a channel, and its delivery 送达: the outcome and the proof."""

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from schemas.base import SCHEMA_VERSION, Frozen, Instant
from schemas.cases.case import Move, State


class Feedback(Frozen):
    """What a channel is told of a report 反馈, on `feedback.v1`.

    Of one report the later has the higher `at`; what is told by one entry of a case has its `seq`.
    """

    feedback_id: UUID
    case_id: UUID
    channel: str
    native_id: str
    event_id: UUID
    state: State
    text: str = Field(description="a sentence that the citizen may be shown as it is")
    at: Instant
    move: Move = Move.RESOLVE
    seq: int = Field(default=0, description="entry of the case that it tells of")
    route: str = Field(default="", description="township whose partition owns the case")
    unit: str = Field(default="", description="code of the unit that has the case")
    unit_name: str = ""
    due_at: Instant | None = None
    answer: str = Field(default="", description="of a settlement: the answer 答复 alone")
    tracking: str = Field(
        default="", description="查询码 of the report: who has it sees its progress without login"
    )
    again: int = Field(
        default=0, description="times that somebody asked to tell it once more after it was dead"
    )
    schema_version: int = SCHEMA_VERSION


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
