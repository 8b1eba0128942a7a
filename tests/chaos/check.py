"""Compare what the hub acknowledged with topics and store, id by id."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from hub.store.reader import Reader
from tests.chaos.follow import EntryKey, Observed
from tests.chaos.load import Ledger

SHOWN = 12

RECEIPTS = "SELECT toString(receipt_id) AS id, event_ids, rejected_ids FROM receipts"
EVENTS = "SELECT toString(event_id) AS id, channel, native_id, kind FROM events"
DISPOSITIONS = "SELECT toString(event_id) AS id, case_event_ids FROM dispositions"
UNDECIDED = """
SELECT count() AS n FROM events WHERE event_id NOT IN (SELECT event_id FROM dispositions)
"""
REJECTED = "SELECT toString(rejected_id) AS id FROM rejected"
CASES = """
SELECT toString(c.case_id) AS id, seq,
       if(state = 'merged', [], arrayDistinct(arrayConcat(c.native_ids, f.natives))) AS native_ids
FROM cases AS c
LEFT JOIN (SELECT case_id, groupArray(concat(channel, '/', native_id)) AS natives
           FROM case_reports GROUP BY case_id) AS f ON f.case_id = c.case_id
"""
"""The reports of a merged case belong to the case it was merged into."""
ENTRIES = "SELECT toString(case_id) AS id, seq, move, cause FROM case_events"
OUTCOMES = "SELECT toString(command_id) AS id, accepted FROM command_outcomes"
FAULTS = "SELECT topic, partition, record_offset, detail FROM sink_faults"
DOUBLED = """
SELECT name, n FROM (
  SELECT 'events' AS name, count() - uniqExact(event_id) AS n FROM events
  UNION ALL SELECT 'case_events', count() - uniqExact(case_event_id) FROM case_events
  UNION ALL SELECT 'cases', count() - uniqExact(case_id) FROM cases
  UNION ALL SELECT 'dispositions', count() - uniqExact(event_id) FROM dispositions
  UNION ALL SELECT 'receipts', count() - uniqExact(receipt_id) FROM receipts
  UNION ALL SELECT 'rejected', count() - uniqExact(rejected_id) FROM rejected
  UNION ALL SELECT 'feedback', count() - uniqExact(feedback_id) FROM feedback
  UNION ALL SELECT 'feedback of one entry to one report',
    count() - uniqExact(case_id, seq, event_id) FROM feedback)
WHERE n > 0
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """The rows of the store that the check compares."""

    receipts: Mapping[str, tuple[Sequence[str], Sequence[str]]]
    events: Mapping[str, tuple[str, str, str]]
    dispositions: Mapping[str, Sequence[str]]
    rejected: frozenset[str]
    cases: Mapping[str, tuple[int, Sequence[str]]]
    entries: Mapping[str, Mapping[int, tuple[str, str]]]
    outcomes: frozenset[str]
    faults: Sequence[str]
    doubled: Sequence[str]

    @classmethod
    def of(cls, reader: Reader) -> "Stored":
        """Read all rows; raises `StoreAwayError`."""
        entries: dict[str, dict[int, tuple[str, str]]] = {}
        for row in reader.rows(ENTRIES):
            entries.setdefault(row["id"], {})[row["seq"]] = (row["move"], str(row["cause"]))
        return cls(
            receipts={
                row["id"]: (_texts(row["event_ids"]), _texts(row["rejected_ids"]))
                for row in reader.rows(RECEIPTS)
            },
            events={
                row["id"]: (row["channel"], row["native_id"], row["kind"])
                for row in reader.rows(EVENTS)
            },
            dispositions={
                row["id"]: _texts(row["case_event_ids"]) for row in reader.rows(DISPOSITIONS)
            },
            rejected=frozenset(row["id"] for row in reader.rows(REJECTED)),
            cases={row["id"]: (row["seq"], row["native_ids"]) for row in reader.rows(CASES)},
            entries=entries,
            outcomes=frozenset(row["id"] for row in reader.rows(OUTCOMES)),
            faults=[str(row) for row in reader.rows(FAULTS)],
            doubled=[f"{row['name']}: {row['n']}" for row in reader.rows(DOUBLED)],
        )


def undecided(reader: Reader) -> int:
    """Return how many stored events are not decided; raises `StoreAwayError`."""
    return int(reader.rows(UNDECIDED)[0]["n"])


def _texts(ids: Iterable[Any]) -> list[str]:
    return [str(text) for text in ids]


@dataclass(slots=True)
class Verdict:
    """Faults by kind, each as a sentence."""

    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    reordered: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.lost or self.duplicated or self.reordered or self.stuck)

    def line(self, kills: int) -> str:
        """Return the last line of a run."""
        counts = " ".join(f"{kind}={len(faults)}" for kind, faults in self._kinds().items())
        return f"{counts} kills={kills}"

    def _kinds(self) -> dict[str, list[str]]:
        return {
            "lost": self.lost,
            "duplicated": self.duplicated,
            "reordered": self.reordered,
            "stuck": self.stuck,
        }

    def details(self) -> list[str]:
        """Return the first faults of each kind."""
        kinds = self._kinds().items()
        return [f"{kind}: {fault}" for kind, faults in kinds for fault in faults[:SHOWN]]


def judge(ledger: Ledger, observed: Observed, stored: Stored) -> Verdict:
    """Return every difference between the acknowledged, the published and the stored records."""
    verdict = Verdict()
    _messages(ledger, stored, verdict)
    verdict.duplicated += [
        f"event {event_id} was decided as {way} too" for event_id, way in observed.torn
    ]
    _cases(stored, verdict)
    for case_id, entry_keys in tuple(observed.entries.items()):
        _order(case_id, entry_keys, stored, verdict)
    for name, entries in stored.entries.items():
        received = {seq for seq, _, _ in observed.entries.get(UUID(name), ())}
        verdict.lost += [
            f"subscriber did not read entry {seq} of case {name}"
            for seq in entries.keys() - received
        ]
    _commands(observed, stored, verdict)
    return verdict


def _commands(observed: Observed, stored: Stored, verdict: Verdict) -> None:
    for command_id, item in tuple(observed.commands.items()):
        answers = observed.answered.get(command_id, set())
        if not answers:
            verdict.stuck.append(f"command {command_id} is not answered")
        elif str(command_id) not in stored.outcomes:
            verdict.lost.append(f"outcome of command {command_id}")
        entries = stored.entries.get(str(item.command.case_id), {}).values()
        done = [
            1 for move, cause in entries if (move, cause) == (item.command.move, str(command_id))
        ]
        if len(done) > 1:
            verdict.duplicated.append(f"command {command_id} was done {len(done)} times")
        if any(accepted for accepted, _ in answers) and not done:
            verdict.lost.append(f"command {command_id} was answered as done and is not")


def _messages(ledger: Ledger, stored: Stored, verdict: Verdict) -> None:
    for receipt, is_rubbish in ledger.receipts.items():
        if receipt not in stored.receipts:
            verdict.lost.append(f"receipt {receipt}")
        elif is_rubbish and not any(stored.receipts[receipt]):
            verdict.lost.append(f"damaged message of receipt {receipt} has no outcome")
    known = {(channel, native) for channel, native, _ in stored.events.values()}
    verdict.lost += [f"{channel} {native}" for channel, native in ledger.natives - known]
    for receipt, (events, rejected) in stored.receipts.items():
        verdict.lost += [
            f"event {name} of receipt {receipt}" for name in events if name not in stored.events
        ]
        verdict.lost += [
            f"rejected {name} of receipt {receipt}"
            for name in rejected
            if name not in stored.rejected
        ]
    verdict.stuck += [
        f"event {name} is not decided: {row}"
        for name, row in stored.events.items()
        if name not in stored.dispositions
    ]
    verdict.duplicated += [f"rows of {name}" for name in stored.doubled]
    verdict.lost += [f"a record no table takes: {fault}" for fault in stored.faults]


def _cases(stored: Stored, verdict: Verdict) -> None:
    holders: dict[str, str] = {}
    for case_id, (seq, natives) in stored.cases.items():
        entries = stored.entries.get(case_id, {})
        verdict.lost += [
            f"entry {n} of case {case_id}" for n in range(1, seq + 1) if n not in entries
        ]
        verdict.stuck += [
            f"case {case_id} stands at {seq}, its entry {n} is stored" for n in entries if n > seq
        ]
        for native in natives:
            if holders.setdefault(native, case_id) != case_id:
                lives = [stored.entries.get(holder, {}) for holder in (holders[native], case_id)]
                detail = f"{native} is in cases {holders[native]} and {case_id}: {lives}"
                verdict.duplicated.append(detail)
    verdict.lost += [f"case {case_id}" for case_id in stored.entries if case_id not in stored.cases]


def _order(case_id: UUID, entry_keys: Sequence[EntryKey], stored: Stored, verdict: Verdict) -> None:
    """Check that entries were published in order, without gaps, and equal the stored ones."""
    first: dict[int, EntryKey] = {}
    for entry_key in entry_keys:
        number, *_ = entry_key
        if number in first:
            verdict.duplicated.append(
                f"case {case_id}: {first[number]} was read again as {entry_key}"
            )
        elif number != len(first) + 1:
            verdict.reordered.append(f"case {case_id}: {number} came after {sorted(first)}")
        first.setdefault(number, entry_key)
    there = stored.entries.get(str(case_id), {})
    for number, move, cause in first.values():
        if number not in there:
            verdict.lost.append(f"entry {number} of case {case_id} was read and is not stored")
        elif there[number] != (move, cause):
            verdict.duplicated.append(
                f"case {case_id}: {number} was read as {move} of {cause}, stored as {there[number]}"
            )
