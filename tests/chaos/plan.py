"""The schedule of faults, drawn from a seed so that a run can be repeated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random


class FaultKind(StrEnum):
    """One kind of fault."""

    KILL = "kill"
    """kill -9 of one process"""
    KILL_ALL = "kill all"
    """kill -9 of every process of the hub at once"""
    STOP = "stop"
    """SIGSTOP, and SIGCONT after a while: a machine that hangs and comes back"""
    DISK_FULL = "disk full"
    """the disk of journal and store accepts no writes"""
    NO_WRITES = "no writes"
    """one process can extend no file"""
    CUT = "cut"
    """all connections of a link are reset"""
    SLOW = "slow"
    """a link is slow"""
    SILENT = "silent"
    """a link forwards nothing, but keeps its connections"""
    CLOCK = "clock"
    """a clock jumps, and back after a while"""


WEIGHTS: dict[FaultKind, float] = {
    FaultKind.KILL: 62,
    FaultKind.KILL_ALL: 3,
    FaultKind.STOP: 10,
    FaultKind.DISK_FULL: 3,
    FaultKind.NO_WRITES: 4,
    FaultKind.CUT: 7,
    FaultKind.SLOW: 4,
    FaultKind.SILENT: 3,
    FaultKind.CLOCK: 4,
}
LASTS: dict[FaultKind, tuple[float, float]] = {
    FaultKind.STOP: (3, 25),
    FaultKind.DISK_FULL: (3, 15),
    FaultKind.NO_WRITES: (3, 15),
    FaultKind.SLOW: (5, 20),
    FaultKind.SILENT: (3, 20),
    FaultKind.CLOCK: (10, 40),
}
"""Seconds, from and to."""
JUMPS = (-100, 100)
"""Seconds that a clock jumps; a signed request may be 300 old."""
DELAYS = (0.05, 1.5)
"""Additional seconds of a slow link."""
GAP = (1.5, 6.5)
"""Seconds between two faults."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: `at` and `lasts` in seconds, `amount` in the unit of its kind."""

    at: float
    kind: FaultKind
    target: str
    lasts: float = 0.0
    amount: float = 0.0

    def __str__(self) -> str:
        """Return it as one line of the log."""
        more = f" for {self.lasts:.0f} s" if self.lasts else ""
        by = f" by {self.amount:+.2f} s" if self.amount else ""
        return f"{self.at:7.1f}  {self.kind} {self.target}{by}{more}"


def draw(
    seed: int, seconds: float, targets: Mapping[FaultKind, Sequence[str]], pace: float = 1.0
) -> list[Fault]:
    """Return the faults of a run, `pace` times as fast; a kind without targets does not happen."""
    chance, faults, at = Random(seed), list[Fault](), 0.0
    kinds = [kind for kind in WEIGHTS if targets.get(kind)]
    while True:
        at += chance.uniform(*GAP) / pace
        if at >= seconds:
            return faults
        (kind,) = chance.choices(kinds, [WEIGHTS[kind] for kind in kinds])
        target = chance.choice(targets[kind])
        lasts = chance.uniform(*LASTS[kind]) if kind in LASTS else 0.0
        amount = {FaultKind.CLOCK: chance.uniform(*JUMPS), FaultKind.SLOW: chance.uniform(*DELAYS)}
        faults.append(Fault(at, kind, target, lasts, amount.get(kind, 0.0)))
