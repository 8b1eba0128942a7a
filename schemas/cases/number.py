"""The short number of a case 事项号, such as 20261128-00042: people can say it and write it down.

It is the day on which the case was opened, in Beijing time, and a count of that day within the city
of the case. With the code of the city before it, as in 420800-20261128-00042, it is unique in a hub
of several cities.
"""

import re
from datetime import date, datetime
from typing import NamedTuple

from schemas.base import BEIJING

_FORM = re.compile(r"(?:(?P<city>\d{6})-)?(?P<day>\d{8})-?(?P<count>\d{5,7})")
"""A spoken number may be typed without its dash. A city is six digits (GB/T 2260)."""
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−－_ ", "-"))
_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")


class CaseNumber(NamedTuple):
    """A short number in its parts; `counter` counts the cases of its day from 1.

    `city` is empty where it was not written.
    """

    day: date
    counter: int
    city: str = ""

    def __str__(self) -> str:
        """Return the number as it is shown, without the city."""
        return f"{self.day:%Y%m%d}-{self.counter:05d}"

    @property
    def with_city(self) -> str:
        """The number with the code of its city, if that is known."""
        return f"{self.city}-{self}" if self.city else str(self)


def day_of(at: datetime) -> date:
    """Return the day in Beijing time."""
    return at.astimezone(BEIJING).date()


def ascii_form(text: str) -> str:
    """Return a typed number with ASCII digits and dashes."""
    return text.strip().translate(_FULL_WIDTH).translate(_DASHES)


def parse_case_number(text: str) -> CaseNumber | None:
    """Return the short number that a person typed; None if the text is not one.

    Full-width digits, other dashes, and a missing dash are accepted.
    """
    match = _FORM.fullmatch(ascii_form(text))
    if match is None:
        return None
    try:
        day = datetime.strptime(match["day"], "%Y%m%d").replace(tzinfo=BEIJING).date()
    except ValueError:
        return None
    count = int(match["count"])
    return CaseNumber(day, count, match["city"] or "") if count else None
