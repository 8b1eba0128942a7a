"""A certificate in the words of a report 证明诉求: which one, and what the citizen wants."""

from enum import StrEnum

from pydantic import Field

from schemas.base import Frozen
from schemas.town.lists import CertificateStatus


class CertificateUse(StrEnum):
    """What a report says about a certificate."""

    ASKS = "asks"
    """求开: asks for it, or where and how to get it"""
    COMPLAINS = "complains"
    """被索要: complains that somebody demands it, or that nobody issues it"""


USE_NAMES: dict[CertificateUse, str] = {
    CertificateUse.ASKS: "要求开具",
    CertificateUse.COMPLAINS: "反映被索要或开不出",
}
"""Chinese names of the uses."""


class CertificateMention(Frozen):
    """A certificate of the town's list that a report asks for, or complains about."""

    name: str = Field(description="name on the list")
    status: CertificateStatus = Field(description="on the list at the time of the report")
    use: CertificateUse
    words: str = Field(default="", description="the sentence that shows it, masked; at most 60")
