"""The schedule of faults, drawn from a seed so that a run can be repeated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Blow(StrEnum):
    """One kind of fault."""

    KILL = "kill"
    """kill -9 of one process"""
    KILL_ALL = "kill all"
    """kill -9 of every process of the hub at once"""
    STOP = "stop"
    """SIGSTOP, and SIGCONT after a while: a machine that hangs and comes back"""
    DISK_FULL = "disk full"
    """nothing can be written to the disk of journal and store"""
    NO_WRITES = "no writes"
    """one process can make no file longer"""
    CUT = "cut"
    """all connections of a link are reset"""
    SLOW = "slow"
    """a link takes longer"""
    SILENT = "silent"
    """a link lets nothing through and tells nobody"""
    CLOCK = "clock"
    """a clock jumps, and back after a while"""


WEIGHTS: dict[Blow, float] = {
    Blow.KILL: 62,
    Blow.KILL_ALL: 3,
    Blow.STOP: 10,
    Blow.DISK_FULL: 3,
    Blow.NO_WRITES: 4,
    Blow.CUT: 7,
    Blow.SLOW: 4,
    Blow.SILENT: 3,
    Blow.CLOCK: 4,
}
LASTS: dict[Blow, tuple[float, float]] = {
    Blow.STOP: (3, 25),
    Blow.DISK_FULL: (3, 15),
    Blow.NO_WRITES: (3, 15),
    Blow.SLOW: (5, 20),
    Blow.SILENT: (3, 20),
    Blow.CLOCK: (10, 40),
}
"""Seconds, from and to."""
JUMPS = (-100, 100)
"""Seconds that a clock jumps; a signed request may be 300 old."""
DELAYS = (0.05, 1.5)
"""Seconds that a slow link takes longer."""
GAP = (1.5, 6.5)
"""Seconds between two blows."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: `at` and `lasts` in seconds, `amount` in the unit of its kind."""

    at: float
    blow: Blow
    target: str
    lasts: float = 0.0
    amount: float = 0.0

    def __str__(self) -> str:
        """Return it as one line of the log."""
        more = f" for {self.lasts:.0f} s" if self.lasts else ""
        by = f" by {self.amount:+.2f} s" if self.amount else ""
        return f"{self.at:7.1f}  {self.blow} {self.target}{by}{more}"


def draw(
    seed: int, seconds: float, targets: Mapping[Blow, Sequence[str]], pace: float = 1.0
) -> list[Fault]:
    """Return the faults of a run, `pace` times as fast; a kind without targets does not happen."""
    chance, faults, at = Random(seed), list[Fault](), 0.0
    kinds = [blow for blow in WEIGHTS if targets.get(blow)]
    while True:
        at += chance.uniform(*GAP) / pace
        if at >= seconds:
            return faults
        (blow,) = chance.choices(kinds, [WEIGHTS[kind] for kind in kinds])
        target = chance.choice(targets[blow])
        lasts = chance.uniform(*LASTS[blow]) if blow in LASTS else 0.0
        amount = {Blow.CLOCK: chance.uniform(*JUMPS), Blow.SLOW: chance.uniform(*DELAYS)}
        faults.append(Fault(at, blow, target, lasts, amount.get(blow, 0.0)))
