"""Changes of numbered matters 变更: who changes what, and why a change is refused. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from hub.runtime.errors import HubError
from schemas.base import BEIJING
from schemas.numbered import Paper

MOST_PAPERS = 200
"""Pictures of one matter: a public page must stay readable."""
FURTHEST = timedelta(days=3 * 366)
"""A day is due within so long: a day in 2062 is a slip."""


class ChangeRefusedError(HubError, ValueError):
    """A change is not possible; the message says why and what to do, in Chinese."""


class Details(Protocol):
    """Where a matter is, and which unit is responsible for it."""

    @property
    def unit(self) -> str:
        """The code of the unit."""

    @property
    def division_code(self) -> str:
        """The village, 12 digits."""

    @property
    def grid_code(self) -> str:
        """The grid; empty if it is unknown."""


class Numbered(Protocol):
    """A matter as its records fold."""

    @property
    def code(self) -> str:
        """Its code."""

    @property
    def seq(self) -> int:
        """The number of its last record."""

    @property
    def details(self) -> Details:
        """What was registered."""


@dataclass(frozen=True, slots=True)
class Change:
    """Who changes a matter, when, and which record he saw last."""

    actor: str
    at: datetime
    seen: int

    @property
    def today(self) -> date:
        """The day in Beijing."""
        return self.at.astimezone(BEIJING).date()

    def check_seen(self, seq: int) -> None:
        """Raise `ChangeRefusedError` if `seq`, the last record, is not the one that was seen."""
        if self.seen != seq:
            raise ChangeRefusedError("您打开本页之后，别人登记了新的情况，请核对后再提交")

    def next_fields(self, matter: Numbered) -> dict[str, object]:
        """Return the fields that the next record of a matter has, whatever its kind, but its id."""
        details = matter.details
        return {
            "code": matter.code,
            "seq": matter.seq + 1,
            "at": self.at,
            "actor": self.actor,
            "unit": details.unit,
            "division_code": details.division_code,
            "grid_code": details.grid_code,
        }

    def last_day(
        self, name: str, due: date | None, usual: int, *, earliest: date | None = None
    ) -> date:
        """Return the last day of the part `name`: the one that was set, or after the usual days.

        A matter may be registered when it is overdue already: then `earliest` is in the past.
        Raises `ChangeRefusedError`.
        """
        last = due or self.today + timedelta(days=usual)
        if not (earliest or self.today) <= last <= self.today + FURTHEST:
            raise ChangeRefusedError(f"{name}的期限{last}有误，应在今天或以后、三年之内")
        return last


def check_papers(kept: int, papers: Sequence[Paper], name: str) -> None:
    """Raise `ChangeRefusedError` if a matter has `kept` pictures already and these are too many."""
    if kept + len(papers) > MOST_PAPERS:
        raise ChangeRefusedError(f"一个{name}最多{MOST_PAPERS}张照片，已有{kept}张")
