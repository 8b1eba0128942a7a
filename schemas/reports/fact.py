"""The result of a decoder 解码结果: facts in clear text, which are sealed before they are sent."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import Field

from schemas.base import Frozen, Instant
from schemas.cases.evaluation import Evaluation
from schemas.reports.rejected import Fault
from schemas.reports.service import Service


class Kind(StrEnum):
    """Kind of a fact."""

    REPORT = "report"
    """诉求"""
    FOLLOW_UP = "follow_up"
    """催办, or an addition to a report"""
    WITHDRAWAL = "withdrawal"
    """撤诉"""
    EVALUATION = "evaluation"
    """回访评价"""
    PATROL_CHECK = "patrol_check"
    """巡查打卡: nothing wrong found"""
    VISIT = "visit"
    """走访: nothing wrong found"""
    WISH = "wish"
    """微心愿"""
    SERVICE_STAGE = "service_stage"
    """办件环节: one stage of a service item"""


OPENING = frozenset({Kind.REPORT, Kind.WISH})
"""Kinds that open a case."""
FOLLOWING = frozenset({Kind.FOLLOW_UP, Kind.WITHDRAWAL, Kind.EVALUATION})
"""Kinds that refer to an earlier report or wish."""
TRACKED = OPENING | {Kind.SERVICE_STAGE}
"""Kinds whose progress a citizen can see by a code."""


class Urgency(StrEnum):
    """Urgency of a report."""

    ENQUIRY = "enquiry"
    ORDINARY = "ordinary"
    HARD = "hard"
    URGENT = "urgent"


URGENCY_NAMES: dict[Urgency, str] = {
    Urgency.ENQUIRY: "咨询",
    Urgency.ORDINARY: "一般",
    Urgency.HARD: "疑难",
    Urgency.URGENT: "紧急",
}
"""Chinese names of the urgencies."""


class Datum(StrEnum):
    """Coordinate system of a channel; BD-09 and GCJ-02 are converted to WGS-84."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


class Contact(Frozen):
    """The reporter, in clear text; exists only between decoder and sealing."""

    name: str = ""
    phone: str = ""
    id_number: str = ""
    email: str = ""
    account: str = Field(default="", description="OpenID, account id, device id")
    address: str = ""


class PlaceHint(Frozen):
    """The place as the channel sent it; any part may be missing."""

    text: str = ""
    lon: float | None = None
    lat: float | None = None
    datum: Datum = Datum.WGS84
    division_code: str = Field(
        default="", description="6, 9 or 12 digits, GB/T 2260 and 统计区划代码"
    )
    grid_code: str = ""


class Attachment(Frozen):
    """An attachment: a link, or a name and a hash."""

    name: str = ""
    url: str = ""
    media_type: str = ""
    size: int | None = None
    sha256: str = ""


class Fact(Frozen):
    """One decoded fact of a channel, not yet located or sealed.

    `native_id` names the matter in the channel's own system (work-order number …); `revision`
    distinguishes facts of one native id (an edit, a reminder): facts with the same channel, native
    id and revision are the same. `parent_id` is the native id of the report, for a follow-up that
    has a native id of its own.
    """

    native_id: str = Field(min_length=1)
    revision: str = "0"
    parent_id: str = ""
    kind: Kind = Kind.REPORT
    occurred_at: Instant
    contact: Contact = Contact()
    others: tuple[Contact, ...] = Field(
        default=(), description="further people: co-signatories, parties of a dispute"
    )
    anonymous: bool = False
    confidential: bool = Field(default=False, description="保密: never merged by machine")
    signatories: int = Field(default=1, ge=1, description="人数")
    place: PlaceHint = PlaceHint()
    category: str = Field(default="", description="code of our tree; empty where unknown")
    native_category: str = ""
    title: str = ""
    content: str = ""
    urgency: Urgency = Urgency.ORDINARY
    object_name: str = Field(
        default="", description="company, person or bus line that the complaint is about"
    )
    object_is_person: bool = False
    attachments: tuple[Attachment, ...] = ()
    evaluation: Evaluation | None = Field(default=None, description="of kind evaluation: 回访")
    worker: str = Field(default="", description="网格员: code of the grid worker who reports it")
    household: str = Field(
        default="", description="register code of the household that was visited, or has the wish"
    )
    person: str = Field(
        default="",
        description="of kind visit: person of the register by the keyed hash that the hub gave out",
    )
    person_id_number: str = Field(
        default="", repr=False, description="the same by ID number; it becomes the hash"
    )
    attends: UUID | None = Field(
        default=None, description="case for which the worker is on the spot 必到"
    )
    project: str = Field(default="", description="村居项目: code of the project it is about")
    deliberation: str = Field(default="", description="议事: code of the deliberation it is about")
    service: Service | None = Field(default=None, description="of kind service_stage: 办件环节")
    native: Mapping[str, Any] = Field(
        default_factory=dict, description="fields that have no place above"
    )


class Decoded(Frozen):
    """The content of one raw message: every part is a fact, a fault, a duplicate, or skipped.

    `skipped` counts, by kind, the parts that have no content by the channel's contract: a footer
    line with totals, a hidden row, a WeChat heartbeat.
    """

    facts: tuple[Fact, ...] = ()
    faults: tuple[Fault, ...] = ()
    duplicates: int = Field(default=0, description="parts that occur twice in this message")
    skipped: Mapping[str, int] = Field(default_factory=dict)
