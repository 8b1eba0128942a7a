"""Publishing 发布: the records of a step, and the interface of their publisher.

A publisher keeps one promise. The records of a batch are published as a whole. Where a worker dies
in the middle, the rest is published before anything else of that partition. So no subscriber ever
reads two different entries under one number.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from schemas.cases.case import Case, CaseEvent
from schemas.cases.fold import thin
from schemas.cloudevent import Record
from schemas.topic import (
    CASE_REPORTS,
    CASE_STATE,
    CASES,
    DISPOSITIONS,
    FEEDBACK,
    FEEDBACK_TO_MANY,
    OUTCOMES,
)
from streams.case.state import Effects, Expired

MinimumOffsets = Mapping[str, int]
"""Topic → offset, in one partition: a restore must read the topic up to there at least."""


@dataclass(frozen=True, slots=True)
class RecordBatch:
    """The records of one or many steps, in three groups that must be sent in this order.

    A worker that is killed processes an event again unless its disposition is in the topic, and
    knows of a case what its last snapshot holds. So entries and feedback come before snapshots, or
    they would be missing for ever, and snapshots come before dispositions and outcomes.
    """

    entries: list[Record] = field(default_factory=list)
    """Feedback and case entries."""
    snapshots: list[Record] = field(default_factory=list)
    """Filed reports, and snapshots of cases."""
    decisions: list[Record] = field(default_factory=list)
    """Dispositions of events and outcomes of commands."""

    @classmethod
    def of(cls, steps: Iterable[Effects]) -> "RecordBatch":
        """Return the records of steps, in the order of the steps within each group.

        A case that several steps changed has one snapshot, the last, and its entries between the
        first and the last leave out what has not changed. Filed reports come before the snapshots,
        which do not list them any more.
        """
        batch, steps = cls(), tuple(steps)
        routes = {entry.case_id: each.route for each in steps for entry in each.case_events}
        last = {entry.case_id: entry for each in steps for entry in each.case_events}
        former: dict[UUID, Case] = {}
        for effects in steps:
            batch._add(effects, last, former)
        batch.snapshots.extend(
            CASE_STATE.record(entry.case, route=routes[entry.case_id]) for entry in last.values()
        )
        return batch

    def __iter__(self) -> Iterator[Record]:
        """Yield all records in the order of sending."""
        for group in self.groups():
            yield from group

    def __len__(self) -> int:
        return sum(map(len, self.groups()))

    def groups(self) -> tuple[list[Record], list[Record], list[Record]]:
        """Return the groups; each must be acknowledged before the next one is sent."""
        return self.entries, self.snapshots, self.decisions

    def _add(
        self, effects: Effects, last: Mapping[UUID, CaseEvent], former: dict[UUID, Case]
    ) -> None:
        """Add the records of a step; `former` has the snapshots of earlier entries of the batch."""
        self.entries.extend(map(FEEDBACK.record, effects.feedback))
        self.entries.extend(map(FEEDBACK_TO_MANY.record, effects.to_many))
        for entry in effects.case_events:
            before = former.get(entry.case_id)
            if before is None or entry is last[entry.case_id]:
                self.entries.append(CASES.record(entry))
            else:
                self.entries.append(CASES.record(thin(entry, before)))
            former[entry.case_id] = entry.case
            for filed in entry.filed:
                self.snapshots.append(CASE_REPORTS.record(filed, route=effects.route))
        if effects.outcome is not None:
            self.decisions.append(OUTCOMES.record(effects.outcome))
        if effects.disposition is not None:
            self.decisions.append(DISPOSITIONS.record(effects.disposition))


@dataclass(frozen=True, slots=True)
class Acquired:
    """The result of acquiring a partition."""

    minimum_offsets: MinimumOffsets
    """Lowest end offset per topic that a restore must read up to."""
    state_is_current: bool
    """True if no other worker has published to the partition since this one did.

    The state in memory is then still current.
    """


class EffectsPublisher(Protocol):
    """Publishes the effects of one worker."""

    async def acquire(self, partition: int) -> Acquired:
        """Fence other publishers of a partition; called before its state is restored.

        Raises `KafkaError`.
        """

    async def publish(self, partition: int, batch: RecordBatch) -> None:
        """Publish a batch; returns once the broker has all of it."""

    async def forget(self, partition: int, expired: Expired) -> None:
        """Delete the snapshots and filed reports of cases that were settled a month ago."""

    async def release(self, partition: int) -> None:
        """Stop publishing to a partition."""
