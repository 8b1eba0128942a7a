"""The filed reports of a partition 归入诉求件: those that no snapshot lists, packed, by event.

A case that a hundred thousand people report has a hundred thousand of them, at about 500 bytes.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from uuid import UUID

import orjson

from schemas.cases.filed import FiledReport
from schemas.channel import Channel
from schemas.reports.fact import Urgency
from schemas.reports.report import Report

_ByEvent = dict[bytes, bytes]
_CHANNEL, _NATIVE_ID, _REPORTER, _RECEIVED, _URGENCY = 1, 2, 3, 5, 6
"""Places of fields in a packed report."""


class ReportStore:
    """Filed reports by case and event. Each has one case; adding it to another moves it."""

    def __init__(self) -> None:
        self._by_case: dict[UUID, _ByEvent] = {}
        self._case_of: dict[bytes, UUID] = {}
        self._event_of: dict[tuple[str, str], bytes] = {}
        """Channel and native id → event."""

    def __len__(self) -> int:
        return len(self._case_of)

    def add(self, filed: FiledReport) -> None:
        """Add a report, replace it, or move it to another case."""
        report, event = filed.report, filed.report.event_id.bytes
        former = self._case_of.get(event)
        if former is not None and former != filed.case_id:
            self.discard(report.event_id)
        self._by_case.setdefault(filed.case_id, {})[event] = _packed(filed)
        self._case_of[event] = filed.case_id
        self._event_of[str(report.channel), report.native_id] = event

    def discard(self, event_id: UUID) -> None:
        """Remove a report, if it is filed."""
        event = event_id.bytes
        case_id = self._case_of.pop(event, None)
        if case_id is None:
            return
        reports = self._by_case[case_id]
        report = _unpacked(case_id, event, reports.pop(event)).report
        if not reports:
            del self._by_case[case_id]
        known = (str(report.channel), report.native_id)
        if self._event_of.get(known) == event:
            del self._event_of[known]

    def get(self, case_id: UUID, event_id: UUID) -> FiledReport | None:
        """Return the report of an event, if it is filed and of this case."""
        packed = self._by_case.get(case_id, {}).get(event_id.bytes)
        return None if packed is None else _unpacked(case_id, event_id.bytes, packed)

    def by_native(self, case_id: UUID, channel: str, native_id: str) -> FiledReport | None:
        """Return the filed report of a case with this native id."""
        event = self._event_of.get((channel, native_id))
        return None if event is None else self.get(case_id, UUID(bytes=event))

    def holds(self, case_id: UUID, event_id: UUID) -> bool:
        """Whether the report of an event is filed and of this case."""
        return self._case_of.get(event_id.bytes) == case_id

    def case_of(self, event_id: UUID) -> UUID | None:
        """Return the case of a filed report."""
        return self._case_of.get(event_id.bytes)

    def of(self, case_id: UUID) -> Iterator[FiledReport]:
        """Yield the filed reports of a case, in the order in which they were added."""
        for event, packed in tuple(self._by_case.get(case_id, {}).items()):
            yield _unpacked(case_id, event, packed)

    def reporter_keys(self, case_id: UUID) -> Iterator[str]:
        """Yield the key of each reporter; reads one field only, as `native_ids` does."""
        for packed in self._by_case.get(case_id, {}).values():
            yield orjson.loads(packed)[_REPORTER]

    def native_ids(self, case_id: UUID) -> Iterator[tuple[str, str]]:
        """Yield channel and native id of each report."""
        for packed in self._by_case.get(case_id, {}).values():
            fields = orjson.loads(packed)
            yield fields[_CHANNEL], fields[_NATIVE_ID]

    def earliest(self, case_id: UUID, without: Collection[UUID]) -> list[Report]:
        """Return the earliest report of each channel and urgency, except those of some events."""
        leaving = {event_id.bytes for event_id in without}
        earliest: dict[tuple[str, str], tuple[datetime, str, bytes]] = {}
        for event, packed in self._by_case.get(case_id, {}).items():
            fields = orjson.loads(packed)
            kind = fields[_CHANNEL], fields[_URGENCY]
            age = (datetime.fromisoformat(fields[_RECEIVED]), str(UUID(bytes=event)), event)
            if event not in leaving and (kind not in earliest or age < earliest[kind]):
                earliest[kind] = age
        reports = self._by_case.get(case_id, {})
        return [
            _unpacked(case_id, event, reports[event]).report for _, _, event in earliest.values()
        ]

    def event_ids(self, case_id: UUID, latest: int) -> list[UUID]:
        """Return the events of the reports of a case that were added last, the last first."""
        events = reversed(self._by_case.get(case_id, {}))
        return [UUID(bytes=event) for event, _ in zip(events, range(latest), strict=False)]

    def cases(self) -> list[UUID]:
        """Return the cases that have filed reports."""
        return list(self._by_case)

    def forget(self, case_ids: Iterable[UUID]) -> list[UUID]:
        """Remove all reports of cases; return their events."""
        events = [
            UUID(bytes=event) for case_id in case_ids for event in self._by_case.get(case_id, {})
        ]
        for event_id in events:
            self.discard(event_id)
        return events


def _packed(filed: FiledReport) -> bytes:
    """Return the fields of a report without their names. Filed reports have no text."""
    report = filed.report
    fields = (
        filed.seq,
        report.channel,
        report.native_id,
        report.reporter_key,
        report.tracking,
        report.received_at.isoformat(),
        report.urgency,
        report.follow_ups,
        report.answered_at.isoformat() if report.answered_at else "",
    )
    return orjson.dumps(fields)


def _unpacked(case_id: UUID, event: bytes, packed: bytes) -> FiledReport:
    seq, channel, native_id, reporter, tracking, received, urgency, follow_ups, answered = (
        orjson.loads(packed)
    )
    report = Report.model_construct(
        event_id=UUID(bytes=event),
        channel=Channel(channel),
        native_id=native_id,
        reporter_key=reporter,
        tracking=tracking,
        received_at=datetime.fromisoformat(received),
        urgency=Urgency(urgency),
        follow_ups=follow_ups,
        answered_at=datetime.fromisoformat(answered) if answered else None,
        telling=None,
    )
    return FiledReport.model_construct(
        case_id=case_id, seq=seq, at=report.received_at, report=report
    )
