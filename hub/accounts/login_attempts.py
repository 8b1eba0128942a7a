"""Limits on trying passwords 登录限制: by name and address together, by address, by name.

An attempt is counted before its password is checked, and given back when the password is right; so
attempts that come at the same time cannot slip through together. Three allowances hold:

- one name from one address (`HUB_LOGIN_LIMIT`): one person's mistakes lock nobody else out;
- one address over all names (`HUB_LOGIN_LIMIT_ADDRESS`): one place cannot try name after name;
- one name over all addresses (`HUB_LOGIN_LIMIT_NAME`): many places cannot try one name together.

A name that has logged in from an address before is held there by the first allowance only: nobody
can lock a person out of his own desk by failing elsewhere, or as somebody else. What remains:
whoever fails with a name from the same address as its owner locks that pair for a while (behind one
address for all, as on loopback, a colleague can do so; open sessions go on); and while
such an attack goes on, he cannot log in from an address that is new for him. Counters are kept in
memory, so each process counts for itself and begins anew at a start.
"""

import asyncio
import math
import time
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from hashlib import sha256
from typing import TypeVar

from limits import RateLimitItem, parse

from hub.settings.accounts import AccountSettings
from hub.web.problem import Problem, ProblemError

CHECKED_AT_ONCE = 2
"""Passwords that are checked at once: Argon2id takes 64 MiB and a core for each."""
MOST_WAITING, MOST_WAITING_HERE = 128, 32
"""Attempts that wait to be checked, of all and of one address; more are sent away."""
MOST_KEPT = 20_000
"""Names, addresses and pairs of both that are counted, and pairs that have logged in. Beyond it the
oldest is forgotten; to make the hub forget a victim costs that many checked attempts each time."""
BUSY_SECONDS = 3
"""When to come again where too many wait."""

Answer = TypeVar("Answer")
Clock = Callable[[], float]


class LoginAttempts:
    """Counts attempts of one process, of its page and of its SQL port."""

    def __init__(self, settings: AccountSettings, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._pairs = _Window(parse(settings.login_limit), clock)
        self._addresses = _Window(parse(settings.login_limit_address), clock)
        self._names = _Window(parse(settings.login_limit_name), clock)
        self._familiar: OrderedDict[bytes, None] = OrderedDict()
        self._checking = ThreadPoolExecutor(CHECKED_AT_ONCE, "password")
        self._turns: defaultdict[bytes, _Turn] = defaultdict(_Turn)
        self._waiting: Counter[str] = Counter()

    @asynccontextmanager
    async def reserve(self, name: str, address: str) -> AsyncIterator["Attempt"]:
        """Count an attempt and let the caller check its password within the block.

        Attempts of one name from one address take turns, so that a burst of right ones does not
        use up the allowance. Raises `ProblemError` (too_often) where an allowance is used up, or
        where too many wait.
        """
        self.check_open(name, address)
        with self._place(address):
            turn = self._turns[_key(name, address)]
            turn.users += 1
            try:
                async with turn.lock:
                    # Looked at again: while it waited, others may have used up an allowance.
                    self.check_open(name, address)
                    begun = self._count(name, address)
                    attempt = Attempt(self._checking)
                    try:
                        yield attempt
                    finally:
                        if attempt.is_right:
                            self._give_back(name, address, begun)
            finally:
                turn.users -= 1
                if not turn.users:
                    del self._turns[_key(name, address)]

    def check_open(self, name: str, address: str) -> None:
        """Raise `ProblemError` where no attempt of this name from this address is allowed now."""
        seconds = self._pairs.wait(_key(name, address))
        if seconds:
            detail = (
                f"this name failed to log in too often from this address; wait {seconds} seconds,"
                " or ask the administrator for a new password"
            )
            raise ProblemError(Problem.TOO_OFTEN, detail, retry_after=seconds)
        if _key(name, address) in self._familiar:
            return
        seconds = self._addresses.wait(_key(address))
        if seconds:
            detail = f"too many log-ins failed from this address; wait {seconds} seconds"
            raise ProblemError(Problem.TOO_OFTEN, detail, retry_after=seconds)
        seconds = self._names.wait(_key(name))
        if seconds:
            detail = (
                "too many log-ins of this name failed from other addresses; log in where you have"
                f" logged in before, or wait {seconds} seconds"
            )
            raise ProblemError(Problem.TOO_OFTEN, detail, retry_after=seconds)

    def remember(self, name: str, address: str) -> None:
        """Note that this name has logged in from this address."""
        pair = _key(name, address)
        self._familiar[pair] = None
        self._familiar.move_to_end(pair)
        if len(self._familiar) > MOST_KEPT:
            self._familiar.popitem(last=False)

    @contextmanager
    def _place(self, address: str) -> Iterator[None]:
        """Take a place among those who wait; no address takes the places of all others."""
        if self._waiting.total() >= MOST_WAITING or self._waiting[address] >= MOST_WAITING_HERE:
            detail = "too many log-ins are being checked at this moment; try again in a few seconds"
            raise ProblemError(Problem.TOO_OFTEN, detail, retry_after=BUSY_SECONDS)
        self._waiting[address] += 1
        try:
            yield
        finally:
            self._waiting[address] -= 1
            if not self._waiting[address]:
                del self._waiting[address]

    def _count(self, name: str, address: str) -> float:
        begun = self._clock()
        self._pairs.add(_key(name, address), begun)
        self._addresses.add(_key(address), begun)
        self._names.add(_key(name), begun)
        return begun

    def _give_back(self, name: str, address: str, begun: float) -> None:
        self._pairs.take_back(_key(name, address), begun)
        self._addresses.take_back(_key(address), begun)
        self._names.take_back(_key(name), begun)
        self.remember(name, address)


class Attempt:
    """One attempt that is counted; it stays counted unless it is told to have been right."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self.is_right = False

    async def check(self, function: Callable[..., Answer], *arguments: object) -> Answer:
        """Return what a slow check of a password returns; few of them run at once."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: function(*arguments))

    def succeeded(self) -> None:
        """Say that the password was right: the attempt is given back."""
        self.is_right = True


class _Turn:
    """Whose turn it is among the attempts of one name from one address."""

    def __init__(self) -> None:
        self.lock, self.users = asyncio.Lock(), 0


class _Window:
    """So many attempts in any span of so many seconds, for each key."""

    def __init__(self, limit: RateLimitItem, clock: Clock) -> None:
        self._most, self._seconds = limit.amount, limit.get_expiry()
        self._clock = clock
        self._times: OrderedDict[bytes, deque[float]] = OrderedDict()

    def wait(self, key: bytes) -> int:
        """Return after how many whole seconds an attempt is allowed; 0: now."""
        times = self._current(key)
        if len(times) < self._most:
            return 0
        return max(1, math.ceil(times[-self._most] + self._seconds - self._clock()))

    def add(self, key: bytes, now: float) -> None:
        """Count an attempt."""
        times = self._current(key)
        times.append(now)
        self._times[key] = times
        self._times.move_to_end(key)
        if len(self._times) > MOST_KEPT:
            self._times.popitem(last=False)

    def take_back(self, key: bytes, begun: float) -> None:
        """Count the attempt that began at this time no longer."""
        times = self._times.get(key, deque())
        if begun in times:
            times.remove(begun)
        if not times:
            self._times.pop(key, None)

    def _current(self, key: bytes) -> deque[float]:
        """Return the times of a key that still count; lets go of keys that have none."""
        begins = self._clock() - self._seconds
        while self._times and next(iter(self._times.values()))[-1] <= begins:
            self._times.popitem(last=False)
        times = self._times.get(key, deque(maxlen=self._most))
        while times and times[0] <= begins:
            times.popleft()
        if not times:
            self._times.pop(key, None)
        return times


def _key(*parts: str) -> bytes:
    """Return a key of a fixed length, however long a name somebody sends."""
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()[:16]
