"""Quota of bodies in memory 报文配额: decides which bodies may go on if there is no room for all.

Only received bytes count; an announced length does not. Senders that are authenticated before their
body (by a certificate, a signed URL or a signed head) are called proven and may use the whole
quota. All others share a part of it, and one address may use a share of that part. If the quota is
exhausted, the slowest unproven body is ended. So stalled senders never keep an honest one out.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from hub.web.problem import Problem, ProblemError

SMALL = 64 * 1024
"""A body with fewer bytes is not ended: that would free next to nothing."""
SHORTEST = 1.0
"""Least duration in seconds from which the rate of a body is computed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the bodies in progress."""

    total: int
    """Bytes of all bodies."""
    unproven: int
    """Bytes of all unproven bodies."""
    unproven_of_address: int
    """Bytes of the unproven bodies of one address."""
    bodies: int
    """Number of bodies."""
    bodies_of_address: int
    """Number of bodies of one address."""


@dataclass(slots=True, eq=False)
class IncomingBody:
    """One body in progress."""

    address: str
    proven: bool
    began: float
    """Time of its begin in seconds, by the same clock as `now` of `BodyQuota`."""
    end: Callable[[], None]
    """Ends the body: its reader raises."""
    size: int = 0
    whole: bool = False
    """Whether it is complete: it is being processed and is not ended any more."""

    def rate(self, now: float) -> float:
        """Return the bytes per second so far."""
        return self.size / max(now - self.began, SHORTEST)


@dataclass(slots=True)
class BodyQuota:
    """The bodies in progress in one process, and the decision which of them must end."""

    limits: Limits
    _bodies: set[IncomingBody] = field(default_factory=set)
    _total: int = 0
    _unproven: int = 0
    _by_address: Counter[str] = field(default_factory=Counter)
    """Bytes of unproven bodies by address."""

    @property
    def used(self) -> int:
        """Bytes of the bodies in progress."""
        return self._total

    def enter(self, incoming: IncomingBody) -> None:
        """Add a body that begins; at the limit the slowest other body is ended.

        Raises `ProblemError` too_much if all others are complete.
        """
        of_address = [body for body in self._bodies if body.address == incoming.address]
        if len(of_address) >= self.limits.bodies_of_address:
            self._end_slowest(of_address, incoming.began)
        elif len(self._bodies) >= self.limits.bodies:
            self._end_slowest(self._most_crowded(), incoming.began)
        self._bodies.add(incoming)

    def grow(self, incoming: IncomingBody, count: int, now: float) -> None:
        """Add received bytes to a body; other bodies are ended if the quota is exhausted.

        Raises `ProblemError` too_much if this body is the one that must end.
        """
        while (pool := self._competing(incoming, count)) is not None:
            victim = _slowest(pool, incoming, now)
            if victim is None or victim is incoming:
                detail = f"{self._total} bytes of bodies are in progress"
                raise ProblemError(Problem.TOO_MUCH, detail, retry_after=1)
            self._end(victim)
        incoming.size += count
        self._add(incoming, count)

    def leave(self, incoming: IncomingBody) -> None:
        """Remove a body that has been processed, refused or ended."""
        if incoming in self._bodies:
            self._bodies.remove(incoming)
            self._add(incoming, -incoming.size)

    def _add(self, incoming: IncomingBody, count: int) -> None:
        self._total += count
        if not incoming.proven:
            self._unproven += count
            self._by_address[incoming.address] += count
            if not self._by_address[incoming.address]:
                del self._by_address[incoming.address]

    def _competing(self, incoming: IncomingBody, count: int) -> list[IncomingBody] | None:
        """Return the bodies of which one must end for `count` more bytes; None if none must.

        A body that is the only one within a bound may exceed it, so that no bound is smaller than
        one message.
        """
        limits, size = self.limits, incoming.size
        if not incoming.proven:
            share = self._by_address[incoming.address]
            if share > size and share + count > limits.unproven_of_address:
                return self._open_of(incoming.address)
            if self._unproven > size and self._unproven + count > limits.unproven:
                return self._heaviest()
        if self._total > size and self._total + count > limits.total:
            return self._heaviest()
        return None

    def _open_of(self, address: str) -> list[IncomingBody]:
        return [body for body in self._open_unproven() if body.address == address]

    def _open_unproven(self) -> list[IncomingBody]:
        return [body for body in self._bodies if not body.proven and not body.whole]

    def _heaviest(self) -> list[IncomingBody]:
        """Return the incomplete unproven bodies of the address that uses most bytes."""
        addresses = {body.address for body in self._open_unproven()}
        if not addresses:
            return []
        return self._open_of(max(addresses, key=lambda each: self._by_address[each]))

    def _most_crowded(self) -> list[IncomingBody]:
        """Return the unproven bodies of the address with most of them; if none, all bodies."""
        counts = Counter(body.address for body in self._open_unproven())
        if not counts:
            return list(self._bodies)
        return self._open_of(counts.most_common(1)[0][0])

    def _end_slowest(self, bodies: Iterable[IncomingBody], now: float) -> None:
        incomplete = [body for body in bodies if not body.whole]
        if not incomplete:
            raise ProblemError(Problem.TOO_MUCH, "too many bodies are in progress", retry_after=1)
        self._end(min(incomplete, key=lambda body: (body.proven, body.rate(now))))

    def _end(self, incoming: IncomingBody) -> None:
        self.leave(incoming)
        incoming.end()


def _slowest(
    pool: Iterable[IncomingBody], incoming: IncomingBody, now: float
) -> IncomingBody | None:
    """Return the slowest body of a pool; a small body only if all are small."""
    bodies = list(pool)
    large = [body for body in bodies if body.size >= SMALL]
    others = [body for body in bodies if body is not incoming and body.size]
    return min(large or others, key=lambda body: body.rate(now), default=None)
