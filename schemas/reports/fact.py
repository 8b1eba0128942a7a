"""What a decoder returns 解码结果: facts in clear, which never leave the process unsealed."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import Field

from schemas.base import Frozen, Instant
from schemas.cases.evaluation import Evaluation
from schemas.reports.rejected import Fault


class Kind(StrEnum):
    """What a fact is."""

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


OPENING = frozenset({Kind.REPORT, Kind.WISH})
"""Those that a case is opened for."""
FOLLOWING = frozenset({Kind.FOLLOW_UP, Kind.WITHDRAWAL, Kind.EVALUATION})
"""Those that speak of one of them."""


class Urgency(StrEnum):
    """How fast it must go."""

    ENQUIRY = "enquiry"
    ORDINARY = "ordinary"
    HARD = "hard"
    URGENT = "urgent"


class Datum(StrEnum):
    """Coordinate reference of a channel: BD-09 and GCJ-02 are turned to WGS-84."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


class Contact(Frozen):
    """Who reported, in clear. Exists only between decoder and sealing."""

    name: str = ""
    phone: str = ""
    id_number: str = ""
    email: str = ""
    account: str = Field(default="", description="OpenID, account id, device id")
    address: str = ""


class PlaceHint(Frozen):
    """What a channel says of the place; any part may be missing."""

    text: str = ""
    lon: float | None = None
    lat: float | None = None
    datum: Datum = Datum.WGS84
    division_code: str = Field(
        default="", description="6, 9 or 12 digits, GB/T 2260 and 统计区划代码"
    )
    grid_code: str = ""


class Attachment(Frozen):
    """A link to, or the name and hash of, something that came along."""

    name: str = ""
    url: str = ""
    media_type: str = ""
    size: int | None = None
    sha256: str = ""


class Fact(Frozen):
    """One fact that a channel tells, decoded, not yet placed or sealed.

    `native_id` names the matter in the channel's own system (work-order number …); `revision`
    tells facts of one native id apart (an edit, a reminder): same channel, native id and
    revision is the same fact. `parent_id` is the native id that a follow-up belongs to
    when it has a native id of its own.
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
    object_name: str = Field(default="", description="company, person or bus line complained of")
    object_is_person: bool = False
    attachments: tuple[Attachment, ...] = ()
    evaluation: Evaluation | None = Field(default=None, description="of kind evaluation: 回访")
    worker: str = Field(default="", description="网格员: code of the grid worker who tells it")
    household: str = Field(default="", description="register code of who was visited or wishes")
    attends: UUID | None = Field(
        default=None, description="case that a check or a visit attends on the spot 必到"
    )
    native: Mapping[str, Any] = Field(default_factory=dict, description="what had no place above")


class Decoded(Frozen):
    """All that one raw message holds: every part is a fact, a fault, or a counted duplicate.

    `skipped` counts parts that by the channel's contract say nothing (a footer line with totals,
    a hidden row, a WeChat heartbeat), by a word for the kind of part.
    """

    facts: tuple[Fact, ...] = ()
    faults: tuple[Fault, ...] = ()
    duplicates: int = Field(default=0, description="parts told twice within this message")
    skipped: Mapping[str, int] = Field(default_factory=dict)
