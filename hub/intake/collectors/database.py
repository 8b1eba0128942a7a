"""12369 生态环境举报: a table of another system, polled by watermark through SQLAlchemy.

`updated_at` is the watermark. Rows that are committed late, with an older time, are found because
each round reads the last minutes before the watermark again. Other rows are found by their keys:
rows that are committed even later, and loose rows, whose `updated_at` cannot be a watermark
(`hub.intake.collectors.table.watermark`). A row that was read before has the same delivery name, so
it is kept once. A row that was deleted there is published as a withdrawal under its number.
"""

import asyncio
import datetime as dt
import json
from collections.abc import Sequence, Set
from hashlib import sha256
from typing import Any, NamedTuple

import structlog

from hub.intake.collectors.source import Source
from hub.intake.collectors.stuck import Stuck
from hub.intake.collectors.table.columns import row_body
from hub.intake.collectors.table.rows import PAGE, Row, TableRows, key_text
from hub.intake.collectors.table.watermark import OVERLAP, form_of, mark_text, moment_of, since
from hub.journal.journal import JournalFullError
from schemas.base import BEIJING
from schemas.channel import Channel
from schemas.reports.raw import Transport

__all__ = ["OVERLAP", "EnvironmentTable"]

CURSOR = "environment"
NAME = "12369 database"
TABLE, KEY, WATERMARK = "complaints", "complaint_no", "updated_at"
SWEEP_EVERY = 12
"""Rounds between two looks at all keys of a large table."""
SMALL = 5000
"""Rows up to which all keys are looked at in every round."""
KNOWN, LOOSE = "environment_rows", "environment_loose"
"""Sets of the journal: keys of rows that were read; `digest key` of loose rows."""
FEW = 10
"""Rows that may vanish at once without a second look."""

log = structlog.get_logger()


class ReadRow(NamedTuple):
    """One row as it is kept."""

    key: str
    body: bytes
    digest: str
    moment: dt.datetime | None
    """The moment of its watermark; None for a loose row."""
    mark: str
    damaged: tuple[str, ...]
    """Columns that could not be read."""

    @property
    def loose(self) -> str:
        """Member of the set `LOOSE` for this row."""
        return f"{self.digest} {self.key}"

    @property
    def delivery(self) -> str:
        """Name of its delivery."""
        return f"row:{self.key}:{self.digest}"


class EnvironmentTable:
    """The table `complaints` of the 12369 system."""

    def __init__(self, source: Source) -> None:
        self._source = source
        url = source.settings.environment_url.get_secret_value()
        self._rows = TableRows(url, TABLE, KEY, WATERMARK)
        self._rounds = 0
        self._recent: set[str] = set()
        """Deliveries of the last reading at the watermark."""
        self._loose: dict[str, str] = {}
        """`digest key` → key of loose rows."""
        self._vanished: tuple[frozenset[str], int] | None = None
        """Many keys that were missing at once, and the round that noticed it."""
        self._was_whole = False
        self._stuck = Stuck()

    async def collect(self) -> int:
        """Take rows at and after the watermark, then other new rows; raises `OSError`."""
        self._rounds += 1
        try:
            await asyncio.to_thread(self._rows.refresh)
            return await self._at_watermark() + await self._sweep()
        except OSError as error:
            raise OSError(f"{NAME}: {error}") from error

    async def _at_watermark(self) -> int:
        mark = self._mark()
        if not mark and self._was_whole:
            # No row has a watermark: the keys find all that is new.
            return 0
        rows = await asyncio.to_thread(self._read, mark)
        count = await self._take_fresh([row for row in rows if row.delivery not in self._recent])
        self._recent = {row.delivery for row in rows}
        self._was_whole = True
        return count

    def _mark(self) -> str:
        """Return the watermark; empty where there is none, or a value that is none any more."""
        mark = self._source.journal.get(CURSOR) or ""
        return mark if moment_of(mark, dt.datetime.now(BEIJING)) else ""

    def _read(self, mark: str) -> list[ReadRow]:
        if not mark:
            return self._as_read(self._rows.all())
        return self._as_read(self._rows.where(since(mark, self._rows.table.c[WATERMARK])))

    def _as_read(self, rows: Sequence[Row]) -> list[ReadRow]:
        """Return rows as they are kept; those whose watermark has another form are loose."""
        now, most = dt.datetime.now(BEIJING), self._source.settings.max_body
        moments = [moment_of(row.values.get(WATERMARK), now) for row in rows]
        marks = [
            mark_text(row.values[WATERMARK]) if moment else ""
            for row, moment in zip(rows, moments, strict=True)
        ]
        known = zip(filter(None, moments), filter(None, marks), strict=True)
        form = form_of(self._mark() or max(known, default=(now, ""))[1])
        kept = []
        for row, moment, mark in zip(rows, moments, marks, strict=True):
            body = row_body(row.values, row.damaged, most)
            fits = moment if form_of(mark) == form else None
            key, digest = key_text(row.values.get(KEY) or ""), sha256(body).hexdigest()
            kept.append(ReadRow(key, body, digest, fits, mark, tuple(row.damaged)))
        return kept

    async def _take_fresh(self, rows: Sequence[ReadRow]) -> int:
        """Take rows that were not taken before; remember them, then move the watermark."""
        self._load_loose()
        fresh = [row for row in rows if row.moment or row.loose not in self._loose]
        faults = [fault for row in fresh if (fault := await self._take_row(row))]
        if faults:
            # The next round reads these rows again; those that were kept are kept once.
            raise OSError(f"rows not kept: {faults[0]}")
        self._remember(fresh)
        newest = max(((row.moment, row.mark) for row in rows if row.moment), default=None)
        before = moment_of(self._mark(), dt.datetime.now(BEIJING))
        if newest and (before is None or newest[0] > before):
            self._source.journal.set(CURSOR, newest[1])
        return len(fresh)

    def _remember(self, fresh: Sequence[ReadRow]) -> None:
        self._source.journal.join(KNOWN, [row.key for row in fresh if row.key])
        self._forget_loose({row.key for row in fresh if row.moment})
        loose = [row for row in fresh if not row.moment]
        self._loose |= {row.loose: row.key for row in loose}
        self._source.journal.join(LOOSE, [row.loose for row in loose])

    def _load_loose(self) -> None:
        if not self._was_whole:
            members = self._source.journal.members(LOOSE)
            self._loose = {member: member.split(" ", 1)[1] for member in members}

    def _forget_loose(self, keys: Set[str]) -> None:
        """Forget loose rows that were deleted, or have a watermark now."""
        left = [member for member, key in self._loose.items() if key in keys] if keys else []
        for member in left:
            del self._loose[member]
        self._source.journal.leave(LOOSE, left)

    async def _take_row(self, row: ReadRow) -> str:
        """Make one row durable; return what failed, if it is to be tried again."""
        item = f"{TABLE} {row.key}"
        try:
            await self._take(row.key, row.body, row.delivery)
        except JournalFullError:
            raise
        except Exception as error:  # noqa: BLE001 - the next row must be read
            if not self._stuck.failed(row.delivery):
                return f"{item}: {type(error).__name__}"
            self._source.set_aside(
                NAME, item, f"not kept: {type(error).__name__}", identity=row.delivery
            )
            return ""
        if row.damaged:
            state = f"unreadable columns: {', '.join(row.damaged)}"
            self._source.set_aside(NAME, item, state, identity=row.delivery)
        return ""

    async def _take(self, key: str, body: bytes, delivery: str) -> None:
        await self._source.receiver.take(
            Channel.ENVIRONMENT_12369,
            Transport.DATABASE,
            body,
            delivery=delivery,
            source=f"{TABLE} {key}",
            content_type="application/json",
        )

    async def _sweep(self) -> int:
        """Compare all keys with those read before: read late and loose rows, withdraw deleted."""
        known = self._source.journal.members(KNOWN)
        if len(known) > SMALL and self._rounds % SWEEP_EVERY != 1:
            return 0
        there = await asyncio.to_thread(self._rows.keys)
        loose = set(self._loose.values())
        wanted = [key for key in sorted(there) if key not in known or key in loose]
        count = 0
        for at in range(0, len(wanted), PAGE):
            page = wanted[at : at + PAGE]
            rows = await asyncio.to_thread(self._read_keys, [there[key] for key in page])
            count += await self._take_fresh(rows)
            self._report_missing(set(page) - known - {row.key for row in rows})
        gone = self._certainly_gone(known - there.keys(), known)
        return count + await self._withdraw(gone)

    def _read_keys(self, keys: Sequence[Any]) -> list[ReadRow]:
        return self._as_read(self._rows.of_keys(keys))

    def _report_missing(self, keys: Set[str]) -> None:
        """Report keys without a row; the next sweeps do not look for them again."""
        for key in sorted(keys):
            item, state = f"{TABLE} {key}", "the table lists the key, but has no row for it"
            self._source.set_aside(NAME, item, state, identity=f"missing:{key}")
        self._source.journal.join(KNOWN, keys)

    async def _withdraw(self, gone: Set[str]) -> int:
        for key in sorted(gone):
            now = dt.datetime.now(BEIJING).isoformat(timespec="seconds")
            body = json.dumps({KEY: key, "deleted": True, WATERMARK: now}).encode()
            await self._take(key, body, f"row:{key}:{sha256(body).hexdigest()}")
            self._source.journal.leave(KNOWN, [key])
        self._forget_loose(gone)
        return len(gone)

    def _certainly_gone(self, gone: frozenset[str], known: frozenset[str]) -> frozenset[str]:
        """Return the keys of deleted rows; many at once may be a table that is loaded anew."""
        if len(gone) <= max(FEW, len(known) // 2):
            self._vanished = None
            return gone
        if self._vanished is None:
            log.warning("rows_vanished", table=TABLE, rows=len(gone), detail="looked at again")
        before, since_round = self._vanished or (gone, self._rounds)
        self._vanished = (gone & before, since_round)
        if self._rounds - since_round < SWEEP_EVERY:
            return frozenset()
        self._vanished = None
        return gone & before

    def close(self) -> None:
        """Close the connections."""
        self._rows.close()
