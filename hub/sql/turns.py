"""Fair queue 轮流: no member of the staff can block the queries of another.

A member runs one query at a time. Free places go to members in turn, not to queries, so twenty
queries of one member delay the first query of another by at most one place. A caller that is
cancelled leaves the queue.
"""

import asyncio
from collections import OrderedDict, deque


class QueueFullError(RuntimeError):
    """Too many queries wait: of this member if `theirs`, else of all members together."""

    def __init__(self, text: str, *, theirs: bool) -> None:
        super().__init__(text)
        self.theirs = theirs


class Turns:
    """Places for running queries and a queue per member; for one event loop."""

    def __init__(self, places: int, max_of_member: int, max_waiting: int) -> None:
        self._free = places
        self._max_of_member, self._max_waiting = max_of_member, max_waiting
        self._at_work: set[str] = set()
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        """By member, in the order in which they get a place."""

    @property
    def waiting(self) -> int:
        """Number of waiting queries."""
        return sum(map(len, self._waiting.values()))

    async def take(self, member: str) -> None:
        """Return once this member has a place; the caller must `give_back` it.

        Raises `QueueFullError` without waiting. A cancelled caller has no place.
        """
        queue = self._waiting.get(member, deque())
        if len(queue) >= self._max_of_member:
            raise QueueFullError(f"{len(queue)} of your queries already wait", theirs=True)
        if self.waiting >= self._max_waiting:
            raise QueueFullError(f"{self.waiting} queries of all staff already wait", theirs=False)
        place = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(member, deque()).append(place)
        self._hand_out()
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                # The place was assigned just before the cancellation.
                self.give_back(member)
            else:
                self._leave(member, place)
            raise

    def give_back(self, member: str) -> None:
        """Give a place back; the next member in turn gets it."""
        self._at_work.discard(member)
        self._free += 1
        self._hand_out()

    def _leave(self, member: str, place: asyncio.Future[None]) -> None:
        queue = self._waiting.get(member, deque())
        if place in queue:
            queue.remove(place)
            if not queue:
                del self._waiting[member]

    def _hand_out(self) -> None:
        while self._free:
            member = next((member for member in self._waiting if member not in self._at_work), None)
            if member is None:
                return
            queue = self._waiting[member]
            place = queue.popleft()
            if queue:
                self._waiting.move_to_end(member)
            else:
                del self._waiting[member]
            if not place.done():
                self._free -= 1
                self._at_work.add(member)
                place.set_result(None)
