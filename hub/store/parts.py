"""Parts of tables 数据片 that the engine has left broken, found and mended.

ClickHouse keeps a table in parts and merges them behind the scenes. Where the disk is full while it
does (seen with 26.9), it may take a merge for done though a file of the new part was not written to
its end: every question that reads it fails. The parts that it was made of lie beside it for eight
minutes more (`old_parts_lifetime`). A table that is attached anew within that time sets the broken
part aside and has those instead, so nothing is lost. What is set aside stays in the table's folder
`detached`. A server with replicas mends itself.
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
"""Parts that the engine has made of others; of what is inserted it says itself that it failed."""
KEPT = (
    "SELECT sum(rows) FROM system.parts WHERE active AND database = currentDatabase()"
    " AND table = {table:String} AND partition_id = {partition_id:String}"
    " AND max_block_number >= {min_block_number:Int64}"
    " AND min_block_number <= {max_block_number:Int64}"
)
"""Rows of the parts that are there in place of one; they may have been merged with others since."""

log = structlog.get_logger()


class Part(NamedTuple):
    """One part: the rows of some of the table's inserts, which are numbered."""

    table: str
    name: str
    partition_id: str
    rows: int
    min_block_number: int
    max_block_number: int


class Parts:
    """Looks at each part that a merge has made, once. What is there at a start is whole.

    The engine looks at all sizes itself when it opens a table.
    """

    def __init__(self, store: Store, client: Client, meters: Meters = METERS) -> None:
        self.store, self._client, self.meters = store, client, meters
        self._known = set(self._merged())
        self._away: set[str] = set()
        """Tables that could not be attached again: the disk was still full."""

    def look(self) -> list[Part]:
        """Mend every table that a broken part has come to; return those parts.

        Raises what the engine raises; the next look goes on from there.
        """
        for table in sorted(self._away):
            self._attach_anew(table)
        there = set(self._merged())
        broken = [part for part in sorted(there - self._known) if not self._is_whole(part)]
        for table, parts in groupby(broken, key=attrgetter("table")):
            self._attach_anew(table)
            for part in parts:
                self._report(part)
        # A part that did not come back broken has been looked at, and need not be again.
        self._known = there - set(broken)
        return broken

    def _merged(self) -> list[Part]:
        return [Part(*row) for row in self._client.query(MERGED).result_rows]

    def _is_whole(self, part: Part) -> bool:
        try:
            rows = self._client.query(f"CHECK TABLE `{part.table}` PART '{part.name}'").result_rows
        except ClickHouseError as error:
            if "NO_SUCH_DATA_PART" in str(error):
                # It has been merged into another meanwhile, which is looked at next.
                return True
            raise
        return all(int(passed) for _, passed, _ in rows)

    def _attach_anew(self, table: str) -> None:
        self._away.add(table)
        self.store.attach_anew(table)
        self._away.discard(table)

    def _report(self, part: Part) -> None:
        [(kept,)] = self._client.query(KEPT, part._asdict()).result_rows
        lacking = max(0, part.rows - int(kept))
        self.meters.count(Metric.BROKEN_PARTS, "lacking" if lacking else "mended")
        bound = log.bind(table=part.table, part=part.name, rows=part.rows)
        if lacking:
            bound.error(
                "a part that the engine left broken was set aside, and rows of it are missing",
                lacking=lacking,
                advice="`hub replay --from --to` of these days brings them back",
            )
        else:
            bound.warning("a part that the engine left broken was set aside; its rows are there")


async def look_forever(settings: StoreSettings, store: Store, stop: asyncio.Event) -> None:
    """Look at parts again and again until stopped."""
    client = await asyncio.to_thread(open_reader, settings)
    parts = await asyncio.to_thread(Parts, store, client)

    async def look() -> int:
        await asyncio.to_thread(parts.look)
        return 0

    await repeat_forever("parts", look, settings.parts_every, stop)
    await asyncio.to_thread(client.close)
