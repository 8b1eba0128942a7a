"""The count behind the short numbers of cases 事项号: the highest of each city and day.

It follows from the cases of a partition. So a worker that restores the partition goes on with the
same count, and a step that is repeated after a crash gives the same number again. A case stays in
the partition for 30 days after it is settled: within that time no number of a city is used twice.
"""

from datetime import date, datetime, timedelta

from schemas.base import BEIJING
from schemas.cases.case import Case
from schemas.cases.number import CaseNumber, day_of, parse_case_number
from schemas.route import city_of


class CaseNumbers:
    """The highest number of each city and day among the cases of a partition."""

    def __init__(self) -> None:
        self._highest: dict[tuple[str, date], int] = {}

    def next(self, route: str, at: datetime) -> str:
        """Return the number of the next case that the city of a route opens at a time."""
        day = day_of(at)
        return str(CaseNumber(day, self._highest.get((city_of(route), day), 0) + 1))

    def add(self, case: Case) -> None:
        """Count the number of a case; cases that were opened by earlier versions have none."""
        number = parse_case_number(case.number)
        if number is not None:
            key = city_of(case.route), number.day
            self._highest[key] = max(number.counter, self._highest.get(key, 0))

    def forget_before(self, moment: datetime, window: timedelta) -> None:
        """Forget the days that ended a window or longer before a moment."""
        oldest = (moment.astimezone(BEIJING) - window).date()
        for key in [key for key in self._highest if key[1] < oldest]:
            del self._highest[key]

    def __len__(self) -> int:
        """Return the number of cities and days that are counted."""
        return len(self._highest)
