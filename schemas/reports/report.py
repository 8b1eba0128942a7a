"""A report inside a case 诉求件: its reporter, channel and text.

A case shows the text of its first report. Each other report has its text as a `Telling`, so that
new reports can be compared with it, and so that it can be split off as a case of its own.
"""

from uuid import UUID

from pydantic import Field

from schemas.base import Frozen, Instant
from schemas.channel import Channel
from schemas.reports.event import Place
from schemas.reports.fact import Urgency

MAX_TELLINGS = 32
"""Most reports of a case that have their own text; the snapshot must not grow with every copy."""
MAX_CHARACTERS = 400
"""Most characters of the content in a `Telling`; the table `events` has the whole content."""


class Telling(Frozen):
    """The text of one report, masked like its event."""

    title: str = ""
    content: str = Field(default="", description="at most 400 characters")
    category: str = ""
    place: Place = Place()
    object_name: str = ""
    object_is_person: bool = False
    attachments: tuple[str, ...] = Field(default=(), description="SHA-256 of its attachments")


class Report(Frozen):
    """One report inside a case."""

    event_id: UUID
    channel: Channel
    native_id: str
    reporter_key: str = ""
    tracking: str = Field(default="", description="code with which the citizen sees its progress")
    received_at: Instant
    urgency: Urgency = Urgency.ORDINARY
    follow_ups: int = Field(default=0, description="催办 of this report")
    answered_at: Instant | None = Field(
        default=None, description="when its channel received the final answer 反馈"
    )
    telling: Telling | None = Field(
        default=None,
        description="its text; none for the first report, whose text the case shows, and none"
        " beyond 32 different texts",
    )
