"""Limits on trying passwords 登录限制: by name and address together, by address, by name.

An attempt is counted before its password is checked, and refunded if the password is right, so
attempts that arrive together cannot exceed a limit together. The attempts of one address are
checked one after the other. So an office behind one address whose people log in together uses no
limit up, and no address takes more than one of the checks. There are three limits:

- one name from one address (`HUB_LOGIN_LIMIT`): a person's mistakes do not lock out others;
- one address over all names (`HUB_LOGIN_LIMIT_ADDRESS`): one address cannot try name after name;
- one name over all addresses (`HUB_LOGIN_LIMIT_NAME`): many addresses cannot try one name together.

For a name that has logged in from an address before, only the first limit applies there. So
failures from other addresses, or with other names, do not lock a person out of his own office. Two
risks remain. Failures with a name from its owner's address lock this pair for a while; behind one
shared address, such as loopback, a colleague can do this (open sessions stay open). And during an
attack on a name its owner cannot log in from a new address. The counters are in memory, so each
process counts separately and starts at zero.
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
"""Passwords that are checked at the same time: Argon2id takes 64 MiB and a core for each."""
MOST_WAITING, MOST_WAITING_PER_ADDRESS = 800, 200
"""Attempts that may wait for a check, in all and of one address; further ones are refused. An
office of two hundred people may begin to work at the same minute; a check takes a tenth of a
second."""
MOST_KEYS = 20_000
"""Largest number of keys (names, addresses, pairs of both) in each counter, and of pairs known to
have logged in. Beyond it the oldest is dropped. To push out an entry, an attacker needs that many
attempts."""
BUSY_SECONDS = 3
"""`Retry-After` when too many attempts wait."""

Answer = TypeVar("Answer")
Clock = Callable[[], float]


class LoginAttempts:
    """Counts the attempts of one process: of its page and of its SQL port."""

    def __init__(self, settings: AccountSettings, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._pairs = _Window(parse(settings.login_limit), clock)
        self._addresses = _Window(parse(settings.login_limit_address), clock)
        self._names = _Window(parse(settings.login_limit_name), clock)
        self._familiar: OrderedDict[bytes, None] = OrderedDict()
        self._checking = ThreadPoolExecutor(CHECKED_AT_ONCE, "password")
        self._queues: defaultdict[bytes, _Queue] = defaultdict(_Queue)
        self._waiting: Counter[str] = Counter()

    @asynccontextmanager
    async def reserve(self, name: str, address: str) -> AsyncIterator["Attempt"]:
        """Count an attempt; the caller checks the password within the block.

        Attempts from one address run one after the other, so a burst of right passwords does not
        use up a limit. Raises `ProblemError` (too_often) if a limit is reached or too many
        attempts wait.
        """
        self.check_open(name, address)
        with self._wait_slot(address):
            queue = self._queues[_key(address)]
            queue.users += 1
            try:
                async with queue.lock:
                    # Check again: while this attempt waited, others may have reached a limit.
                    self.check_open(name, address)
                    started = self._count(name, address)
                    attempt = Attempt(self._checking)
                    try:
                        yield attempt
                    finally:
                        if attempt.is_right:
                            self._refund(name, address, started)
            finally:
                queue.users -= 1
                if not queue.users:
                    del self._queues[_key(address)]

    def check_open(self, name: str, address: str) -> None:
        """Raise `ProblemError` if this name may not try from this address now."""
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
        """Remember that this name has logged in from this address."""
        pair = _key(name, address)
        self._familiar[pair] = None
        self._familiar.move_to_end(pair)
        if len(self._familiar) > MOST_KEYS:
            self._familiar.popitem(last=False)

    @contextmanager
    def _wait_slot(self, address: str) -> Iterator[None]:
        """Hold one of the places for waiting attempts; no single address can take all of them."""
        if (
            self._waiting.total() >= MOST_WAITING
            or self._waiting[address] >= MOST_WAITING_PER_ADDRESS
        ):
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
        started = self._clock()
        self._pairs.add(_key(name, address), started)
        self._addresses.add(_key(address), started)
        self._names.add(_key(name), started)
        return started

    def _refund(self, name: str, address: str, started: float) -> None:
        self._pairs.refund(_key(name, address), started)
        self._addresses.refund(_key(address), started)
        self._names.refund(_key(name), started)
        self.remember(name, address)


class Attempt:
    """One counted attempt; it stays counted unless `succeeded` is called."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self.is_right = False

    async def check(self, function: Callable[..., Answer], *arguments: object) -> Answer:
        """Run a slow password check in a thread and return its result; few run at once."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: function(*arguments))

    def succeeded(self) -> None:
        """Report that the password was right: the attempt is refunded."""
        self.is_right = True


class _Queue:
    """The attempts from one address, which run one after the other."""

    def __init__(self) -> None:
        self.lock, self.users = asyncio.Lock(), 0


class _Window:
    """A moving window for each key: at most `limit.amount` attempts in its number of seconds."""

    def __init__(self, limit: RateLimitItem, clock: Clock) -> None:
        self._most, self._seconds = limit.amount, limit.get_expiry()
        # Room for right passwords in progress: in a full deque they would push out a failure.
        self._longest = limit.amount + MOST_WAITING
        self._clock = clock
        self._times: OrderedDict[bytes, deque[float]] = OrderedDict()

    def wait(self, key: bytes) -> int:
        """Return the whole seconds until an attempt is allowed; 0: it is allowed now."""
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
        if len(self._times) > MOST_KEYS:
            self._times.popitem(last=False)

    def refund(self, key: bytes, started: float) -> None:
        """Remove the attempt that started at this time from the count."""
        times = self._times.get(key, deque())
        if started in times:
            times.remove(started)
        if not times:
            self._times.pop(key, None)

    def _current(self, key: bytes) -> deque[float]:
        """Return the times of a key within the window; drops keys that have none."""
        window_start = self._clock() - self._seconds
        while self._times and next(iter(self._times.values()))[-1] <= window_start:
            self._times.popitem(last=False)
        times = self._times.get(key, deque(maxlen=self._longest))
        while times and times[0] <= window_start:
            times.popleft()
        if not times:
            self._times.pop(key, None)
        return times


def _key(*parts: str) -> bytes:
    """Return a key of a fixed length, however long the name in the request is."""
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()[:16]
