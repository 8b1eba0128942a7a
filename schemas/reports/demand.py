"""What a report wants 诉求类型, and the matters in it 一件多诉, both as the words have it."""

from enum import StrEnum

from pydantic import Field

from schemas.base import Frozen

EXCERPT = 60
"""Characters of a part's text that are shown."""


class Demand(StrEnum):
    """What a citizen wants, whatever the matter is."""

    ENQUIRY = "enquiry"
    """咨询: to know a rule, a date, a procedure"""
    COMPLAINT = "complaint"
    """投诉举报: that somebody is held to account"""
    REQUEST = "request"
    """求助: that something is done; also if the words show no kind"""
    SUGGESTION = "suggestion"
    """建议"""
    PRAISE = "praise"
    """表扬"""


class Part(Frozen):
    """One of several matters in a report, offered to the dispatcher; nothing is split by itself."""

    category: str = Field(description="leaf of the category tree")
    confidence: float = Field(ge=0, le=1, description="probability of the leaf")
    begin: int = Field(ge=0, description="first character of the part in `content`")
    end: int = Field(ge=0, description="character after the last one of the part")
    excerpt: str = Field(default="", description=f"its first {EXCERPT} characters, masked")
