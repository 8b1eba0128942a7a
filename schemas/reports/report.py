"""A report inside a case 诉求件: who told it where, and in which words, so that it can leave again.

A case shows the words of its first report. The other reports keep theirs as a `Telling`, so that
new reports are compared with each, and a report can be split off as a case of its own.
"""

from uuid import UUID

from pydantic import Field

from schemas.base import Frozen, Instant
from schemas.channel import Channel
from schemas.reports.event import Place
from schemas.reports.fact import Urgency

MAX_TELLINGS = 32
"""Reports of a case that keep their own words: a flood of copies must not swell its snapshot."""
MAX_CHARACTERS = 400
"""Characters of a report's content that its telling keeps; `events` has all."""


class Telling(Frozen):
    """What one report says, masked as its event is."""

    title: str = ""
    content: str = Field(default="", description="at most 400 characters")
    category: str = ""
    place: Place = Place()
    object_name: str = ""
    object_is_person: bool = False
    attachments: tuple[str, ...] = Field(default=(), description="SHA-256 of what came along")


class Report(Frozen):
    """One report inside a case."""

    event_id: UUID
    channel: Channel
    native_id: str
    reporter_key: str = ""
    tracking: str = Field(default="", description="code by which its citizen sees its progress")
    received_at: Instant
    urgency: Urgency = Urgency.ORDINARY
    follow_ups: int = Field(default=0, description="催办 of this report")
    answered_at: Instant | None = Field(
        default=None, description="when its channel had taken the answer 反馈 to the settlement"
    )
    telling: Telling | None = Field(
        default=None,
        description="its words; none for the first report, whose words the case shows, and none"
        " beyond 32 different ones",
    )
