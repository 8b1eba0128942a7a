"""What a phone sends 巡查记录: checked, then a line of the grid patrol's format. Pure.

The format is that of the channel `grid_patrol` (docs/channels/grid_patrol.md), so the page is no
source of its own. Worker and grids come from the session, never from the phone.
"""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import orjson
from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints, model_validator

from hub.attachments.photos import PHOTO
from schemas.base import Frozen
from schemas.category import CATEGORIES

MOST_PHOTOS = 6
LONGEST_TEXT = 2000

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_TEXT)]


class RecordType(StrEnum):
    """What a grid worker records."""

    REPORT = "report"
    """上报问题"""
    CHECK = "check"
    """巡查打卡"""
    VISIT = "visit"
    """走访"""
    WISH = "wish"
    """微心愿"""


class PatrolRecord(Frozen):
    """One record as the phone sends it; `id` is drawn by the phone, so a repetition counts once."""

    model_config = ConfigDict(extra="forbid", str_max_length=LONGEST_TEXT)

    id: UUID
    type: RecordType
    at: AwareDatetime
    grid: str = Field(min_length=1, max_length=64)
    text: Text = ""
    category: str = ""
    urgent: bool = False
    household: str = Field(default="", max_length=64)
    person: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    case_id: UUID | None = None
    lon: float | None = Field(default=None, ge=-180, le=180)
    lat: float | None = Field(default=None, ge=-90, le=90)
    photos: tuple[Annotated[str, StringConstraints(pattern=PHOTO)], ...] = Field(
        default=(), max_length=MOST_PHOTOS
    )

    @model_validator(mode="after")
    def _fits_its_type(self) -> "PatrolRecord":
        needs_text = self.type in (RecordType.REPORT, RecordType.WISH)
        if needs_text and not self.text:
            raise ValueError("上报和心愿需要写明内容")
        if self.type is RecordType.VISIT and not (self.household or self.person):
            raise ValueError("走访需要选择住户")
        if self.person and self.type is not RecordType.VISIT:
            raise ValueError("只有走访可以对应一个人")
        if needs_text and self.case_id is not None:
            raise ValueError("只有打卡和走访可以对应一件事项")
        if self.category and self.category not in CATEGORIES:
            raise ValueError("没有这个事项类别")
        return self


def native_line(record: PatrolRecord, worker: str, photos_at: str) -> bytes:
    """Return the line that `connectors.grid_patrol` reads; `photos_at` is the address of photos.

    The native id starts with the worker's code: no phone can repeat the record of another.
    """
    line: dict[str, Any] = {
        "id": f"{worker}-{record.id}",
        "type": str(record.type),
        "workerId": worker,
        "gridCode": record.grid,
        "at": record.at.isoformat(),
        "text": record.text,
        "category": record.category,
        "urgency": "urgent" if record.urgent else "",
        "photos": [
            {"name": name, "url": f"{photos_at}/{name}", "mediaType": "image/jpeg"}
            for name in record.photos
        ],
        "sentBy": "patrol_page",
    }
    if record.household:
        line["household"] = {"code": record.household}
    if record.person:
        line["person"] = {"code": record.person}
    if record.case_id is not None:
        line["caseId"] = str(record.case_id)
    if record.lon is not None and record.lat is not None:
        line |= {"lon": record.lon, "lat": record.lat, "datum": "WGS84"}
    return orjson.dumps({name: value for name, value in line.items() if value not in ("", [])})
