"""Turns 轮流: how questions wait, so that no member of the staff keeps another from an answer.

A member has one question at work at a time. Free places go round by member, not by question, so
twenty questions of one delay another's first by one place at most. Who gives up leaves the queue.
"""

import asyncio
from collections import OrderedDict, deque


class QueueFullError(RuntimeError):
    """Too many questions wait; the message says whose. `theirs`: of this member, else of all."""

    def __init__(self, text: str, *, theirs: bool) -> None:
        super().__init__(text)
        self.theirs = theirs


class Turns:
    """Places for questions at work, and the queues before them; for one event loop."""

    def __init__(self, places: int, most_of_member: int, most_of_all: int) -> None:
        self._free = places
        self._most_of_member, self._most_of_all = most_of_member, most_of_all
        self._at_work: set[str] = set()
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        """By member, in the order in which they get the next free place."""

    @property
    def waiting(self) -> int:
        """How many questions wait."""
        return sum(map(len, self._waiting.values()))

    async def take(self, member: str) -> None:
        """Return once this member has a place; `give_back` must follow.

        Raises `QueueFullError` at once. A caller that is cancelled while it waits has no place.
        """
        queue = self._waiting.get(member, deque())
        if len(queue) >= self._most_of_member:
            raise QueueFullError(f"{len(queue)} questions of yours wait already", theirs=True)
        if self.waiting >= self._most_of_all:
            raise QueueFullError(f"{self.waiting} questions of all wait already", theirs=False)
        place = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(member, deque()).append(place)
        self._hand_out()
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                # It was handed out in the same moment.
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
