"""Looks for the firm of each report 主体识别任务, from stored events, and writes `event_firms`.

Everything is derived: a row that is written twice replaces itself, and a table that is lost is
filled again. Another version of the register, or of the rules, decides all reports of the last
`WINDOW` anew; a choice of the staff stays.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from hub.registers.firms.keys_table import KeysTable, basis_of, regions_of
from hub.registers.firms.lookup import resolutions
from hub.runtime.periodic import repeat_forever
from hub.store.client import Store
from schemas.channel import Channel
from streams.matching.firms.evidence import Spot
from streams.matching.firms.name import written_names
from streams.matching.firms.resolve import Mention, Resolution

EVERY = 10.0
"""Seconds between two looks for new reports."""
WINDOW, RECENT, WHOLE_AGAIN = timedelta(days=400), timedelta(days=3), timedelta(days=1)
"""Age of the reports that are decided; of those that a usual round looks at; and how often a round
looks at all, which finds reports that were replayed with an old time of receipt."""
AT_ONCE = 1_000
CHANNELS = [
    str(channel)
    for channel in (
        *(Channel.CONSUMER_12315, Channel.LABOUR_12333, Channel.ENVIRONMENT_12369),
        *(Channel.PETITION_LETTERS, Channel.MANUAL_ENTRY),
    )
]
"""Channels whose object may be a firm. The names of people are masked, and are not looked for. Of a
report on the public page of a project or topic the object is that project or topic."""
COLUMNS = (
    *("event_id", "case_id", "channel", "received_at", "division_code", "grid_code", "written"),
    *("native_id", "verdict", "code", "points", "evidence", "offered", "basis", "decided_at"),
)
OPEN = """
SELECT event_id, channel, received_at, division_code, grid_code, object_name, place_text,
       JSONExtractString(native, 'credit_code') AS credit_code, native_id
FROM events FINAL
WHERE kind = 'report' AND NOT confidential AND channel IN {channels:Array(String)}
      AND (object_name != '' OR credit_code != '') AND position(object_name, '*') = 0
      AND project = '' AND deliberation = ''
      AND received_at >= parseDateTime64BestEffort({at:String}, 3, 'UTC')
      AND (received_at, event_id) > (parseDateTime64BestEffort({at:String}, 3, 'UTC'),
                                     toUUID({id:String}))
      AND event_id NOT IN (SELECT event_id FROM event_firms WHERE basis = {basis:String}
          AND received_at >= parseDateTime64BestEffort({at:String}, 3, 'UTC'))
ORDER BY received_at, event_id LIMIT {most:UInt32}"""
CASES = """
SELECT event_id, argMax(case_id, at) FROM event_cases
WHERE event_id IN {ids:Array(UUID)} GROUP BY event_id"""
FIRST_ID = "00000000-0000-0000-0000-000000000000"


class Cursor(NamedTuple):
    """Up to where a pass over the reports has come."""

    at: datetime
    event_id: str = FIRST_ID


class FirmResolver:
    """One round after the other: the keys of a new version, then the reports."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._basis = ""
        self._keys: KeysTable | None = None
        self._cursor: Cursor | None = None
        self._whole_at: datetime | None = None
        self._regions: frozenset[str] = frozenset()

    def step(self, now: datetime) -> int:
        """Do a portion of the work that is due; return its amount. Raises engine errors."""
        basis = basis_of(self._store)
        if basis != self._basis:
            self._basis, self._cursor, self._whole_at = basis, None, None
            self._keys = KeysTable(self._store, basis) if basis else None
        if not basis:
            return 0
        if self._keys is not None:
            if not self._keys.is_current() and (filled := self._keys.fill()):
                return filled
            self._keys, self._regions = None, regions_of(self._store)
        return self._decide(now)

    def _decide(self, now: datetime) -> int:
        if self._cursor is None:
            is_whole = self._whole_at is None or now - self._whole_at >= WHOLE_AGAIN
            if is_whole:
                self._whole_at = now
            self._cursor = Cursor(now - (WINDOW if is_whole else RECENT))
        rows = self._store.rows(OPEN, self._parameters(self._cursor))
        if rows:
            self._write(rows, now)
        is_end = len(rows) < AT_ONCE
        self._cursor = None if is_end else Cursor(rows[-1][2], str(rows[-1][0]))
        return 0 if is_end else len(rows)

    def _parameters(self, cursor: Cursor) -> dict[str, Any]:
        return {
            "channels": CHANNELS,
            "at": cursor.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
            "id": cursor.event_id,
            "basis": self._basis,
            "most": AT_ONCE,
        }

    def _write(self, rows: Sequence[tuple[Any, ...]], now: datetime) -> None:
        """Decide the reports that have a case; the others come again in a later round."""
        ids = [str(row[0]) for row in rows]
        cases = dict(self._store.rows(CASES, {"ids": ids}))
        decided = [row for row in rows if row[0] in cases]
        answers = resolutions(self._store, list(map(self._mention, decided)), self._regions)
        written = [
            [row[0], cases[row[0]], *row[1:6], row[-1], *_answer(answer), self._basis, now]
            for row, answer in zip(decided, answers, strict=True)
        ]
        if written:
            self._store.insert("event_firms", COLUMNS, written)

    def _mention(self, row: Sequence[Any]) -> Mention:
        _, _, _, division, grid, name, address, code, _ = row
        return Mention(
            written_names(name, self._regions),
            "".join(code.split()).upper(),
            Spot(grid, division, address),
        )


def _answer(answer: Resolution) -> list[Any]:
    best = answer.offers[0] if answer.offers else None
    return [
        *(str(answer.verdict), answer.code, best.points if best else 0.0),
        *(list(best.words) if best else [], [offer.code for offer in answer.offers]),
    ]


async def resolve_firms_forever(store: Store, stop: asyncio.Event) -> None:
    """Look for the firms of new reports, until stopped."""
    resolver = FirmResolver(store)

    async def work() -> int:
        return await asyncio.to_thread(resolver.step, datetime.now(UTC))

    await repeat_forever("firms", work, EVERY, stop)
