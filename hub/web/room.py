"""Room for bodies 报文配额: which of the bodies under way may go on when there is not room for all.

Only bytes that really came take room; what a sender announces takes none. Senders that proved
before their body who they are (a certificate, a signed URL, a signed head) may fill all of it.
All others share one part of it, and of that part one address has a share. When room is short the
slowest of the unproven ones is ended, so that stalled senders never keep an honest one out.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from hub.web.problem import Problem, ProblemError

SMALL = 64 * 1024
"""Bytes below which a body is not ended for its size: that would free next to nothing."""
SHORTEST = 1.0
"""Seconds that a body counts as having taken at least, when its rate is worked out."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be under way at once."""

    total: int
    """Bytes of all bodies."""
    unproven: int
    """Bytes of all bodies whose senders have not proved anything."""
    unproven_of_address: int
    """The same of one address."""
    bodies: int
    bodies_of_address: int


@dataclass(slots=True, eq=False)
class Arrival:
    """One body under way."""

    address: str
    proven: bool
    began: float
    """Seconds, by the clock that `Room` is asked with."""
    end: Callable[[], None]
    """Ends it from outside; its reader then raises."""
    size: int = 0
    whole: bool = False
    """Whether all of it has come: it is being taken and is not ended any more."""

    def rate(self, now: float) -> float:
        """Bytes per second so far."""
        return self.size / max(now - self.began, SHORTEST)


@dataclass(slots=True)
class Room:
    """The bodies under way in one process."""

    limits: Limits
    _arrivals: set[Arrival] = field(default_factory=set)
    _total: int = 0
    _unproven: int = 0
    _by_address: Counter[str] = field(default_factory=Counter)
    """Bytes of unproven bodies by address."""

    @property
    def held(self) -> int:
        """Bytes that the bodies under way hold."""
        return self._total

    def enter(self, arrival: Arrival) -> None:
        """Count a body that begins; at the limit the slowest other one is ended for it.

        Raises `ProblemError` too_much where all others are whole and only wait to be taken.
        """
        of_address = [one for one in self._arrivals if one.address == arrival.address]
        if len(of_address) >= self.limits.bodies_of_address:
            self._end_slowest(of_address, arrival.began)
        elif len(self._arrivals) >= self.limits.bodies:
            self._end_slowest(self._most_crowded(), arrival.began)
        self._arrivals.add(arrival)

    def grow(self, arrival: Arrival, count: int, now: float) -> None:
        """Count bytes that have come; others are ended where there is no room for them.

        Raises `ProblemError` too_much where this body is the one that has to end.
        """
        while (pool := self._competing(arrival, count)) is not None:
            victim = _slowest(pool, arrival, now)
            if victim is None or victim is arrival:
                detail = f"{self._total} bytes of bodies are under way"
                raise ProblemError(Problem.TOO_MUCH, detail, retry_after=1)
            self._end(victim)
        arrival.size += count
        self._add(arrival, count)

    def leave(self, arrival: Arrival) -> None:
        """Give back the room of a body that has been taken, refused or ended."""
        if arrival in self._arrivals:
            self._arrivals.remove(arrival)
            self._add(arrival, -arrival.size)

    def _add(self, arrival: Arrival, count: int) -> None:
        self._total += count
        if not arrival.proven:
            self._unproven += count
            self._by_address[arrival.address] += count
            if not self._by_address[arrival.address]:
                del self._by_address[arrival.address]

    def _competing(self, arrival: Arrival, count: int) -> list[Arrival] | None:
        """Return the bodies one of which must end for `count` more bytes; None: there is room.

        A body that is alone within a bound is let through, so that no bound is smaller than one
        message.
        """
        limits, size = self.limits, arrival.size
        if not arrival.proven:
            share = self._by_address[arrival.address]
            if share > size and share + count > limits.unproven_of_address:
                return self._open_of(arrival.address)
            if self._unproven > size and self._unproven + count > limits.unproven:
                return self._heaviest()
        if self._total > size and self._total + count > limits.total:
            return self._heaviest()
        return None

    def _open_of(self, address: str) -> list[Arrival]:
        return [one for one in self._open_unproven() if one.address == address]

    def _open_unproven(self) -> list[Arrival]:
        return [one for one in self._arrivals if not one.proven and not one.whole]

    def _heaviest(self) -> list[Arrival]:
        """Return the bodies of the address whose unproven bodies hold most bytes."""
        addresses = {one.address for one in self._open_unproven()}
        if not addresses:
            return []
        return self._open_of(max(addresses, key=lambda each: self._by_address[each]))

    def _most_crowded(self) -> list[Arrival]:
        """Return the unproven bodies of the address that has most of them; else all bodies."""
        counts = Counter(one.address for one in self._open_unproven())
        if not counts:
            return list(self._arrivals)
        return self._open_of(counts.most_common(1)[0][0])

    def _end_slowest(self, found: Iterable[Arrival], now: float) -> None:
        open_ones = [one for one in found if not one.whole]
        if not open_ones:
            raise ProblemError(Problem.TOO_MUCH, "too many bodies are under way", retry_after=1)
        self._end(min(open_ones, key=lambda one: (one.proven, one.rate(now))))

    def _end(self, arrival: Arrival) -> None:
        self.leave(arrival)
        arrival.end()


def _slowest(pool: Iterable[Arrival], arrival: Arrival, now: float) -> Arrival | None:
    """Return the slowest body of a pool; a small one only where all are small."""
    found = list(pool)
    large = [one for one in found if one.size >= SMALL]
    others = [one for one in found if one is not arrival and one.size]
    return min(large or others, key=lambda one: one.rate(now), default=None)
