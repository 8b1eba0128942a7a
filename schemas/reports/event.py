"""The unified event 统一事件: one fact of one channel, sealed and located, on `events.v1`."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import Field

from schemas.base import SCHEMA_VERSION, Frozen, Instant, derive_id
from schemas.cases.evaluation import Evaluation
from schemas.channel import Channel
from schemas.reports.certificate import CertificateMention
from schemas.reports.danger import Danger
from schemas.reports.demand import Demand, Part
from schemas.reports.fact import Attachment, Kind, Urgency
from schemas.reports.service import Service
from schemas.route import UNKNOWN_ROUTE, city_of

DIVISION_DIGITS = 12


class Reporter(Frozen):
    """The citizen 诉求人: a keyed hash to match by, a sealed contact, a masked form to show."""

    key: str = Field(default="", description="hex HMAC-SHA256 of phone, ID number or account")
    name_key: str = Field(
        default="", description="hex HMAC-SHA256 of the name, to search by; namesakes share it"
    )
    sealed: str = Field(default="", description="sealed JSON of the contact: key id, nonce, text")
    masked: str = Field(default="", description="张* 138****5678")
    anonymous: bool = False


class Place(Frozen):
    """Location of a report, in WGS-84, and how it was found."""

    text: str = ""
    lon: float | None = Field(default=None, ge=-180, le=180)
    lat: float | None = Field(default=None, ge=-90, le=90)
    division_code: str = Field(default="", description="12 digits; empty where unknown")
    grid_code: str = ""
    settled_by: str = Field(
        default="", description="grid_code, coordinates, division_code, place_name; empty: unknown"
    )
    name: str = Field(default="", description="register name matched in the text")
    said: str = Field(default="", description="the words of the text that matched the name")

    @property
    def city(self) -> str:
        """Route of the city of the place; empty if the place is unknown."""
        return city_of(self.division_code) if len(self.division_code) == DIVISION_DIGITS else ""


class UnifiedEvent(Frozen):
    """One fact from a channel. The same fact always has the same `event_id`."""

    event_id: UUID
    receipt_id: UUID
    channel: Channel
    native_id: str
    revision: str = "0"
    parent_id: str = ""
    kind: Kind
    occurred_at: Instant
    received_at: Instant
    reporter: Reporter = Reporter()
    confidential: bool = False
    signatories: int = 1
    place: Place = Place()
    route: str = Field(
        default=UNKNOWN_ROUTE,
        description="city whose partition owns the matter; a follow-up has that of its report",
    )
    tracking: str = Field(
        default="", description="code with which the citizen sees the progress of the report"
    )
    category: str = ""
    native_category: str = ""
    category_by: str = Field(
        default="",
        description="native: the channel's code; text: the words, even against it; empty: unknown",
    )
    category_confidence: float = Field(
        default=0.0, ge=0, le=1, description="probability of the category"
    )
    category_version: str = Field(
        default="", description="version of the model that classified the text; empty: none did"
    )
    demand: Demand | None = Field(
        default=None, description="what the words of a report want; it changes no deadline"
    )
    parts: tuple[Part, ...] = Field(
        default=(), description="一件多诉: its matters, if the text has several; none is split off"
    )
    title: str = ""
    content: str = ""
    urgency: Urgency = Field(
        default=Urgency.ORDINARY, description="by the channel; urgent if the words show a danger"
    )
    danger: Danger | None = Field(
        default=None, description="险情: danger to life that the words describe as present"
    )
    certificates: tuple[CertificateMention, ...] = Field(
        default=(), description="证明: those of the list that it asks for, or complains about"
    )
    object_name: str = ""
    object_is_person: bool = False
    attachments: tuple[Attachment, ...] = ()
    evaluation: Evaluation | None = Field(default=None, description="of kind evaluation: 回访")
    worker: str = Field(default="", description="网格员: code of the grid worker who reports it")
    household: str = Field(
        default="", description="register code of the household that was visited, or has the wish"
    )
    person: str = Field(
        default="", description="of kind visit: person of the register, by keyed hash"
    )
    attends: UUID | None = Field(
        default=None, description="case for which the worker is on the spot 必到"
    )
    project: str = Field(default="", description="村居项目: code of the project it is about")
    deliberation: str = Field(default="", description="议事: code of the deliberation it is about")
    service: Service | None = Field(default=None, description="of kind service_stage: 办件环节")
    native: Mapping[str, Any] = Field(default_factory=dict)
    schema_version: int = SCHEMA_VERSION


def event_id_of(channel: str, native_id: str, revision: str) -> UUID:
    """Return the id of a fact: UUIDv5 of channel, native id and revision."""
    return derive_id("event", channel, native_id, revision)
