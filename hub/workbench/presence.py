"""Who looks at the same case now 同看一件: so that two people do not decide it twice.

In memory of this process. With several overview processes each knows only its own pages.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from hub.accounts.session import Viewer

SHOWN_SECONDS = 15.0
"""How long a person counts as looking after the last request of the page: three of its polls."""
MOST_CASES = 5000
"""Cases in memory; the one that was opened longest ago is dropped first."""
Person = tuple[str, str]


class Presence:
    """Remembers who opened which case, and when the page of each was last heard of."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: OrderedDict[str, dict[Person, float]] = OrderedDict()

    def opened(self, viewer: Viewer, case_id: str) -> list[str]:
        """Note that a viewer opened a case that he may open; return the names of the others."""
        self._seen.setdefault(case_id, {})[_person(viewer)] = self._clock()
        self._seen.move_to_end(case_id)
        while len(self._seen) > MOST_CASES:
            self._seen.popitem(last=False)
        return self._others(viewer, case_id)

    def still_open(self, viewer: Viewer, case_id: str) -> list[str]:
        """Prolong the presence of a viewer; return the names of the others.

        Empty for a case that he did not open: a poll must not reveal who looks at it.
        """
        if not self.has_opened(viewer, case_id):
            return []
        self._seen[case_id][_person(viewer)] = self._clock()
        return self._others(viewer, case_id)

    def has_opened(self, viewer: Viewer, case_id: str) -> bool:
        """Whether a viewer opened a case, as far as this process remembers."""
        return _person(viewer) in self._seen.get(case_id, {})

    def _others(self, viewer: Viewer, case_id: str) -> list[str]:
        now = self._clock()
        return sorted(
            name
            for (issuer, name), seen in self._seen[case_id].items()
            if now - seen <= SHOWN_SECONDS and (issuer, name) != _person(viewer)
        )


def _person(viewer: Viewer) -> Person:
    return viewer.issuer, viewer.name
