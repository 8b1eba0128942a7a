"""The cost of sealing the journal 日志加密的代价: `python -m hub.lab.bench.journal`.

The same entries are appended in groups, as with many concurrent senders, and read back in batches.
Sealed and clear runs alternate, each with its own file. Only the ratio within one run is useful.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import click

from hub.journal.journal import Journal
from hub.journal.writer import GROUP
from hub.security.sealing import KEY_BYTES, SEALED_BYTES_MORE, Sealer
from hub.settings.sealing import Suite
from schemas.reports.raw import RawMessage, Transport

CASES = ((1024, GROUP, 8), (10 * 1024, GROUP, 4), (1024 * 1024, 16, 4))
"""Bytes of a body, entries in a group, number of groups."""
ROUNDS = 5


class ClearSealer(Sealer):
    """Does not encrypt, but gives the same number of bytes as a sealer."""

    def seal_bytes(self, bound_to: str, data: bytes) -> bytes:  # noqa: ARG002
        """Return the bytes behind padding of the length that sealing adds."""
        return bytes(SEALED_BYTES_MORE) + data

    def open_bytes(self, bound_to: str, sealed: bytes) -> bytes:  # noqa: ARG002
        """Return the bytes without the padding."""
        return sealed[SEALED_BYTES_MORE:]


def main() -> None:
    """Measure, and print a row for each body size and cipher."""
    key = os.urandom(KEY_BYTES)
    heads = ("append/s", "append CPU µs", "read/s", "read CPU µs")
    click.echo(
        "\t".join(["body B", "cipher", *(f"{head}: clear\tsealed\tratio" for head in heads)])
    )
    for size, group, groups in CASES:
        messages = [_message(size) for _ in range(group * groups)]
        for suite in Suite:
            sealed, clear = [], []
            for _ in range(ROUNDS):
                clear.append(_measured(ClearSealer(key), messages, group))
                sealed.append(_measured(Sealer(key, suite=suite), messages, group))
            cells = [str(size), str(suite)]
            for column in range(len(heads)):
                before = statistics.median(figures[column] for figures in clear)
                after = statistics.median(figures[column] for figures in sealed)
                cells += [f"{before:,.0f}", f"{after:,.0f}", f"{after / before:.2f}"]
            click.echo("\t".join(cells))


def _message(size: int) -> RawMessage:
    return RawMessage(
        receipt_id=uuid4(),
        channel="hotline_12345",
        transport=Transport.HTTP,
        received_at=datetime.now(UTC),
        source="192.0.2.1",
        content_type="application/json",
        headers={"X-Hub-Nonce": uuid4().hex, "X-Hub-Timestamp": "1772440200"},
        body=os.urandom(size),
    )


def _measured(
    sealer: Sealer, messages: Sequence[RawMessage], group: int
) -> tuple[float, float, float, float]:
    """Return appends a second and their CPU µs an entry, then the same of reading."""
    count = len(messages)
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "journal.db", sealer, max_bytes=10**12)
        started, started_cpu = time.perf_counter(), time.process_time()
        for at in range(0, len(messages), group):
            journal.append(messages[at : at + group])
        appended, appended_cpu = time.perf_counter(), time.process_time()
        after = 0
        while entries := journal.read(after, group):
            after = entries[-1][0]
        read, read_cpu = time.perf_counter(), time.process_time()
        journal.close()
    return (
        count / (appended - started),
        (appended_cpu - started_cpu) / count * 1e6,
        count / (read - appended),
        (read_cpu - appended_cpu) / count * 1e6,
    )


if __name__ == "__main__":
    main()
