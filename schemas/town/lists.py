"""Lists that limit what communities are burdened with 减负清单: certificates and tasks."""

import re
import unicodedata
from enum import StrEnum

from pydantic import Field, field_validator

from schemas.base import Frozen
from schemas.cases.assignment import Tier

EVERY_DEPARTMENT = "*"
"""In an admission list: the line is for each department."""
NO_LIMIT = ("不限", "不限次数", "无")
"""Words in place of a number of times."""
_SEPARATOR = re.compile(r"\s*[|｜、，,；;/]\s*")


class CertificateStatus(StrEnum):
    """Whether communities may still be asked for a certificate."""

    KEPT = "kept"
    """保留: the community issues it"""
    CANCELLED = "cancelled"
    """取消: no community issues it, and nobody may ask a citizen for it"""


STATUS_NAMES: dict[CertificateStatus, str] = {
    CertificateStatus.KEPT: "保留",
    CertificateStatus.CANCELLED: "已取消",
}
"""Chinese names of the states."""


class Certificate(Frozen):
    """One line of the list of certificates 证明清单.

    Such lists follow 民发〔2020〕20号, which names certificates that communities no longer issue.
    """

    name: str = Field(min_length=1)
    aliases: str = Field(default="", description="other names, separated by |")
    status: CertificateStatus
    department: str = Field(
        default="", description="type or name of the unit that needs the certificate"
    )
    instead: str = Field(default="", description="what replaces a cancelled certificate")
    ground: str = Field(default="", description="legal ground: number of the paper")

    @field_validator("aliases")
    @classmethod
    def _separated(cls, value: str) -> str:
        """Return other names separated by |: tables have 、 or ； between them."""
        return "|".join(filter(None, _SEPARATOR.split(value.strip())))

    @property
    def known_as(self) -> tuple[str, ...]:
        """The name and the other names."""
        return (self.name, *(alias for alias in self.aliases.split("|") if alias))


class TaskKind(StrEnum):
    """Kind of a task that a department hands down."""

    FORM = "form"
    """填表报数"""
    INSPECTION = "inspection"
    """检查考核"""
    MEETING = "meeting"
    """会议"""
    CAMPAIGN = "campaign"
    """专项行动"""


TASK_NAMES: dict[TaskKind, str] = {
    TaskKind.FORM: "填表报数",
    TaskKind.INSPECTION: "检查考核",
    TaskKind.MEETING: "会议",
    TaskKind.CAMPAIGN: "专项行动",
}
"""Chinese names of the kinds."""


class Admission(Frozen):
    """One line of the admission list 准入清单: what a department may hand to units of a tier."""

    department: str = Field(
        min_length=1, description=f"type or name of the department, or {EVERY_DEPARTMENT} for each"
    )
    kind: TaskKind
    tier: Tier
    most: int | None = Field(
        default=None, ge=1, le=1000, description="times in a calendar year; empty: no limit"
    )
    ground: str = Field(default="", description="the paper, or the line of the county's list")

    @field_validator("most", mode="before")
    @classmethod
    def _times(cls, value: object) -> object:
        """Return the number in ４次 or 4.0; 不限 is no limit."""
        if not isinstance(value, str):
            return value
        text = unicodedata.normalize("NFKC", value).strip().removesuffix("次").removesuffix(".0")
        return None if text in NO_LIMIT else text
