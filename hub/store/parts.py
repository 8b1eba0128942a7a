"""Finds and repairs broken data parts 数据片.

ClickHouse stores a table in parts and merges them in the background. If the disk is full during a
merge (seen with 26.9), the engine may commit the merged part with a truncated file; every query
that reads the part fails. The source parts stay on disk for eight minutes more
(`old_parts_lifetime`). Reattaching the table within that time detaches the broken part and
activates the source parts, so no rows are lost. The broken part stays in the table's folder
`detached`. A server with replicas repairs itself.
"""

import asyncio
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

import structlog
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.runtime.metrics import METERS, Meters, Metric
from hub.runtime.periodic import repeat_forever
from hub.settings.store import StoreSettings
from hub.store.client import Store, open_reader

MERGED = (
    "SELECT table, name, partition_id, rows, min_block_number, max_block_number FROM system.parts"
    " WHERE active AND database = currentDatabase()"
    " AND (min_block_number != max_block_number OR data_version != min_block_number)"
)
"""Merged parts only: a failed insert is reported by the engine itself."""
ROWS_IN_RANGE = (
    "SELECT sum(rows) FROM system.parts WHERE active AND database = currentDatabase()"
    " AND table = {table:String} AND partition_id = {partition_id:String}"
    " AND max_block_number >= {min_block_number:Int64}"
    " AND min_block_number <= {max_block_number:Int64}"
)
"""Rows of the active parts in a block range; they may have been merged with others since."""
GONE = ("NO_SUCH_DATA_PART", "UNKNOWN_TABLE")

log = structlog.get_logger()


class Part(NamedTuple):
    """One part: the rows of some of the table's inserts, which are numbered."""

    table: str
    name: str
    partition_id: str
    rows: int
    min_block_number: int
    max_block_number: int


class BrokenPartMonitor:
    """Checks each merged part once and repairs tables with broken parts.

    Parts that exist at the start are intact: the engine checks file sizes when it opens a table.
    """

    def __init__(self, store: Store, client: Client, meters: Meters = METERS) -> None:
        self.store, self._client, self.meters = store, client, meters
        self._known = set(self._merged())
        self._detached: set[str] = set()
        """Tables that could not be reattached because the disk was still full."""

    def check(self) -> list[Part]:
        """Repair every table that has a broken part; return the broken parts.

        Raises errors of the engine; the next call retries.
        """
        for table in sorted(self._detached):
            self._reattach(table)
        there = set(self._merged())
        broken = [part for part in sorted(there - self._known) if not self._is_whole(part)]
        for table, parts in groupby(broken, key=attrgetter("table")):
            self._reattach(table)
            for part in parts:
                self._report(part)
        # Intact parts have been checked and need no second check.
        self._known = there - set(broken)
        return broken

    def _merged(self) -> list[Part]:
        return [Part(*row) for row in self._client.query(MERGED).result_rows]

    def _is_whole(self, part: Part) -> bool:
        try:
            results = self._client.query(
                f"CHECK TABLE `{part.table}` PART '{part.name}'"
            ).result_rows
        except ClickHouseError as error:
            if any(code in str(error) for code in GONE):
                # It was merged into another part, which the next round checks, or the table was one
                # that is filled beside a register, and is gone.
                return True
            raise
        return all(int(passed) for _, passed, _ in results)

    def _reattach(self, table: str) -> None:
        self._detached.add(table)
        self.store.reattach(table)
        self._detached.discard(table)

    def _report(self, part: Part) -> None:
        [(still_stored,)] = self._client.query(ROWS_IN_RANGE, part._asdict()).result_rows
        missing = max(0, part.rows - int(still_stored))
        self.meters.count(Metric.BROKEN_PARTS, "lacking" if missing else "mended")
        bound_log = log.bind(table=part.table, part=part.name, rows=part.rows)
        if missing:
            bound_log.error(
                "broken_part_rows_missing",
                missing=missing,
                advice="`hub replay --from --to` of these days restores the rows",
            )
        else:
            bound_log.warning("broken_part_detached")


async def monitor_parts(settings: StoreSettings, store: Store, stop: asyncio.Event) -> None:
    """Check for broken parts every `parts_every` seconds until stopped."""
    client = await asyncio.to_thread(open_reader, settings)
    parts = await asyncio.to_thread(BrokenPartMonitor, store, client)

    async def check() -> int:
        await asyncio.to_thread(parts.check)
        return 0

    await repeat_forever("parts", check, settings.parts_every, stop)
    await asyncio.to_thread(client.close)
