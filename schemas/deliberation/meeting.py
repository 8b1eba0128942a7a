"""Meetings 会议: who meets, who called them, how many came, and whether they may decide. Pure.

Sources: 村民委员会组织法 chapter 4 (articles 21, 22, 26 and 28 as of 2018; the amendment in force
since 2026-01-01 has other numbers), 城市居民委员会组织法 (article 9 as of 2018), and for owners
民法典 article 278 and 物业管理条例 article 14. No law says how many must come to a 议事协商会:
there the rule is our own.
"""

from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import Field

from schemas.base import Frozen


class MeetingKind(StrEnum):
    """Who meets."""

    VILLAGERS = "villagers"
    """all adults of a village"""
    HOUSEHOLDS = "households"
    """a representative of each household of a village"""
    REPRESENTATIVES = "representatives"
    """the villagers' representatives and the committee"""
    GROUP = "group"
    """the adults, or the households, of a villagers' group"""
    RESIDENTS = "residents"
    """the residents of a quarter, their households or representatives"""
    OWNERS = "owners"
    """the owners of a housing estate, about an ordinary matter"""
    OWNERS_MAJOR = "owners_major"
    """the same, about raising money for repairs, rebuilding, or another use of common parts"""
    COUNCIL = "council"
    """the council that talks a matter over, and whoever it concerns"""


MEETING_NAMES: dict[MeetingKind, str] = {
    MeetingKind.VILLAGERS: "村民会议",
    MeetingKind.HOUSEHOLDS: "村民会议（户代表）",
    MeetingKind.REPRESENTATIVES: "村民代表会议",
    MeetingKind.GROUP: "村民小组会议",
    MeetingKind.RESIDENTS: "居民会议",
    MeetingKind.OWNERS: "业主大会（一般事项）",
    MeetingKind.OWNERS_MAJOR: "业主大会（重大事项）",
    MeetingKind.COUNCIL: "议事协商会",
}
"""Chinese names of the meetings."""
NOTICE_DAYS: dict[MeetingKind, int] = {
    MeetingKind.VILLAGERS: 10,
    MeetingKind.HOUSEHOLDS: 10,
    MeetingKind.OWNERS: 15,
    MeetingKind.OWNERS_MAJOR: 15,
}
"""Days between the notice and the meeting that the law asks for; none of the others."""
OWNERS = frozenset({MeetingKind.OWNERS, MeetingKind.OWNERS_MAJOR})
"""Meetings that count the floor area of the owners besides their number."""


class Caller(StrEnum):
    """The office that calls a meeting: an office and never a person."""

    PARTY = "party"
    COMMITTEE = "committee"
    GROUP = "group"
    OWNERS = "owners"
    COUNCIL = "council"
    TOWNSHIP = "township"


CALLER_NAMES: dict[Caller, str] = {
    Caller.PARTY: "村（社区）党组织",
    Caller.COMMITTEE: "村（居）民委员会",
    Caller.GROUP: "村（居）民小组",
    Caller.OWNERS: "业主委员会",
    Caller.COUNCIL: "议事会",
    Caller.TOWNSHIP: "乡镇（街道）",
}
"""Chinese names of the offices."""


class Call(Frozen):
    """The call of a meeting 召集."""

    kind: MeetingKind
    caller: Caller
    noticed_on: date = Field(description="day of the notice, in Beijing time")
    day: date = Field(description="day of the meeting, in Beijing time")
    hour: str = Field(default="", pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9])?$")
    place: str = Field(min_length=1, description="masked")
    entitled: int = Field(ge=1, description="how many may vote: people, or households")
    area: float = Field(default=0.0, ge=0, description="of all owners, m²; only of owners")
    urgent: bool = Field(default=False, description="called without the days of notice")


class Attendance(Frozen):
    """Who came to a meeting 到会."""

    day: date = Field(description="day of the meeting, in Beijing time")
    entitled: int = Field(ge=1)
    attended: int = Field(ge=0, description="also by letter or online, where that is allowed")
    area: float = Field(default=0.0, ge=0, description="of all owners, m²")
    attended_area: float = Field(default=0.0, ge=0, description="of those who took part, m²")


class Votes(Frozen):
    """The votes of a meeting 表决; whoever did neither has not voted."""

    in_favour: int = Field(default=0, ge=0)
    against: int = Field(default=0, ge=0)
    abstained: int = Field(default=0, ge=0)
    area_in_favour: float = Field(default=0.0, ge=0, description="of owners in favour, m²")

    @property
    def cast(self) -> int:
        """How many voted, or said that they abstain."""
        return self.in_favour + self.against + self.abstained


def has_quorum(kind: MeetingKind, attendance: Any) -> bool:
    """Whether so many came that the meeting may decide.

    More than half of the adults of a village, or at least two thirds of its households; at least
    two thirds of the representatives, or of a group; more than half of the residents of a quarter;
    two thirds of the owners, who also have two thirds of the area. Of a council at least half,
    which is our own rule.
    """
    came, entitled = attendance.attended, attendance.entitled
    match kind:
        case MeetingKind.VILLAGERS | MeetingKind.RESIDENTS:
            return bool(2 * came > entitled)
        case MeetingKind.COUNCIL:
            return bool(2 * came >= entitled)
        case MeetingKind.OWNERS | MeetingKind.OWNERS_MAJOR:
            has_area = attendance.area > 0 and 3 * attendance.attended_area >= 2 * attendance.area
            return bool(3 * came >= 2 * entitled and has_area)
        case _:
            return bool(3 * came >= 2 * entitled)


def has_majority(kind: MeetingKind, attendance: Attendance, votes: Votes) -> bool:
    """Whether so many of those who came voted in favour that the matter is adopted.

    More than half of those who came, not of the votes; of owners also of the area that took part,
    and in a major matter three quarters of both.
    """
    favour, came = votes.in_favour, attendance.attended
    if kind is MeetingKind.OWNERS_MAJOR:
        by_area = 4 * votes.area_in_favour >= 3 * attendance.attended_area
        return 4 * favour >= 3 * came > 0 and by_area
    by_area = kind is not MeetingKind.OWNERS or 2 * votes.area_in_favour > attendance.attended_area
    return 2 * favour > came and by_area


QUORUM_WORDS: dict[MeetingKind, str] = {
    MeetingKind.VILLAGERS: "本村十八周岁以上村民过半数到会",
    MeetingKind.HOUSEHOLDS: "本村三分之二以上的户的代表到会",
    MeetingKind.REPRESENTATIVES: "三分之二以上的组成人员到会",
    MeetingKind.GROUP: "本组三分之二以上的村民或户的代表到会",
    MeetingKind.RESIDENTS: "应到人员过半数到会",
    MeetingKind.OWNERS: "人数和专有面积都占三分之二以上的业主参与",
    MeetingKind.OWNERS_MAJOR: "人数和专有面积都占三分之二以上的业主参与",
    MeetingKind.COUNCIL: "应到人员半数以上到会（本系统的规则）",
}
"""What a quorum is, in words for staff."""
MAJORITY_WORDS: dict[MeetingKind, str] = {
    MeetingKind.OWNERS: "参与表决的人数和面积都过半数同意",
    MeetingKind.OWNERS_MAJOR: "参与表决的人数和面积都有四分之三以上同意",
}
USUAL_MAJORITY = "到会人员过半数同意"
"""The majority of every other meeting."""


def majority_words(kind: MeetingKind) -> str:
    """Return what a majority is, in words for staff."""
    return MAJORITY_WORDS.get(kind, USUAL_MAJORITY)
