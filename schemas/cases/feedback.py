"""Feedback 反馈 to a channel, and its delivery 送达: the outcome and the proof."""

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from schemas.base import SCHEMA_VERSION, Frozen, Instant
from schemas.cases.case import Move, State


class Feedback(Frozen):
    """A message to a channel about one of its reports 反馈, on `feedback.v1`.

    Later feedback about a report has a higher `at`. `seq` is the entry of the case that caused it.
    """

    feedback_id: UUID
    case_id: UUID
    channel: str
    native_id: str
    event_id: UUID
    state: State
    text: str = Field(description="a sentence for the citizen")
    at: Instant
    move: Move = Move.RESOLVE
    seq: int = Field(default=0, description="entry of the case that caused it")
    route: str = Field(default="", description="city whose partition owns the case")
    unit: str = Field(default="", description="code of the unit that has the case")
    unit_name: str = ""
    due_at: Instant | None = None
    answer: str = Field(default="", description="the answer 答复 alone, if the case is settled")
    tracking: str = Field(
        default="", description="查询码 of the report: it shows the progress without a login"
    )
    again: int = Field(
        default=0, description="how often somebody retried it after it was abandoned"
    )
    schema_version: int = SCHEMA_VERSION


class FeedbackToMany(Frozen):
    """One text to the filed reports of a large case 批量反馈, on `feedback-to-many.v1`.

    It is for the reports of the case `holder` on `case-reports.v1` whose `seq` is from `since` to
    `through`. The reports that the snapshot lists have their own `Feedback`.
    """

    case_id: UUID = Field(description="the case whose entry caused it")
    seq: int = Field(description="that entry")
    holder: UUID = Field(description="the case that has the reports; after a merge another one")
    since: int = 1
    through: int
    recipients: int = Field(description="number of reports that it is for")
    listed: int = Field(default=0, description="reports with `Feedback` of their own about it")
    state: State
    text: str = Field(description="a sentence for the citizens")
    at: Instant
    move: Move
    route: str = ""
    unit: str = ""
    unit_name: str = ""
    due_at: Instant | None = None
    answer: str = ""
    schema_version: int = SCHEMA_VERSION


class DeliveryOutcome(StrEnum):
    """Outcome of one feedback."""

    DELIVERED = "delivered"
    NOT_WANTED = "not_told"
    """not sent: its channel receives no feedback about this move"""
    DEAD = "dead"
    """abandoned; it is on `feedback-dead.v1`"""


class Delivery(Frozen):
    """The delivery of one feedback 送达, on `deliveries.v1`."""

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
    proof: str = Field(default="", description="answer of the receiver, file name, or Message-ID")
    reason: str = Field(default="", description="why it was abandoned")
    schema_version: int = SCHEMA_VERSION


class DeadFeedback(Frozen):
    """Abandoned feedback, with the reason; `hub feedback retry` sends it again."""

    feedback: Feedback
    attempts: int
    reason: str
    at: Instant
    schema_version: int = SCHEMA_VERSION
