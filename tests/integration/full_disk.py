"""Insert while the disk is full at times; every acknowledged row must stay.

`python -m tests.integration.full_disk FOLDER SECONDS` prints the counts as JSON.
"""

import contextlib
import json
import resource
import sys
import time
from pathlib import Path
from random import Random

import click
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.runtime.metrics import Meters, Metric
from hub.settings import Settings
from hub.store.client import open_reader, open_store
from hub.store.parts import BrokenPartMonitor

PHASE = (0.2, 1.5)
"""Range of the seconds until the disk becomes full, or has space again."""


def main(folder: str, seconds: str) -> None:
    """Insert, check and count."""
    settings, draw, meters = Settings(data=Path(folder)), Random(1), Meters()
    store = open_store(settings)
    store.command(
        "CREATE TABLE taken (number UInt64, text String)"
        " ENGINE = ReplacingMergeTree ORDER BY number"
    )
    monitor = BrokenPartMonitor(store, open_reader(settings), meters)
    taken = set[int]()
    ends, turns, full, refused = time.monotonic() + float(seconds), 0.0, True, 0
    while time.monotonic() < ends or full:
        if time.monotonic() > turns:
            full, turns = not full, time.monotonic() + draw.uniform(*PHASE)
            limit_writes(full=full)
            with contextlib.suppress(ClickHouseError):
                monitor.check()
        rows = [[len(taken) + n, draw.randbytes(300).hex()] for n in range(draw.randrange(1, 80))]
        try:
            store.insert("taken", ["number", "text"], rows)
        except (ClickHouseError, OSError):
            refused += 1
        else:
            taken |= {row[0] for row in rows}
    monitor.check()
    stored = {number for number, _ in store.rows("SELECT number, text FROM taken")}
    counts = {
        "taken": len(taken),
        "refused": refused,
        "lost": len(taken - stored),
        "mended": meters.value(Metric.BROKEN_PARTS, "mended"),
        "lacking": meters.value(Metric.BROKEN_PARTS, "lacking"),
    }
    click.echo(json.dumps(counts))


def limit_writes(*, full: bool) -> None:
    """Limit files of this process to one byte, or lift the limit."""
    most = 1 if full else resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main(*sys.argv[1:])
