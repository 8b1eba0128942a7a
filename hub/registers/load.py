"""Loads files into a register 台账入库: whole or not at all.

All rows are checked on their way into a table beside the register. A fault, a killed process or a
store that fails leaves the former version in use.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.registers.check import CheckedEntry, Finding, Severity, check_files
from hub.registers.column import Register
from hub.registers.error import RegisterError
from hub.registers.grids import KnownGrids
from hub.registers.rows import SourceFile
from hub.registers.stored import EntrySealer
from hub.registers.tables import REFERENCES, Difference, RegisterStore, Version, Way

MOST_BYTES = 4 * 1024 * 1024
"""Of one insert; one more row may follow, which is far smaller."""
MOST_REMOVED = 0.2
"""Share of a register that a full load may remove without being asked to."""
FEWEST_CHECKED = 10
"""A register with fewer entries may lose any share of them."""
MOST_SHOWN = 20
"""Faults that the message of a refused load shows."""
NO_DIFFERENCE = Difference(0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a load is to treat what its files lack and what is wrong with them.

    `leaves_out_bad` loads the good rows beside bad ones. `may_remove` lets a full load remove any
    share of the register.
    """

    way: Way = Way.FULL
    leaves_out_bad: bool = False
    may_remove: bool = False


@dataclass(slots=True)
class Loaded:
    """The result of a load: its version, the difference, and what was found in the files."""

    version: int = 0
    difference: Difference = NO_DIFFERENCE
    rows: int = 0
    notes: int = 0
    faults: int = 0
    shown: list[Finding] = field(default_factory=list)


class RegisterLoad:
    """One load of a register. `report` is called with each finding, as it is found."""

    def __init__(
        self,
        register: Register,
        tables: RegisterStore,
        sealer: EntrySealer,
        grids: KnownGrids,
        report: Callable[[Finding], None],
    ) -> None:
        self._register, self._tables = register, tables
        self._sealer, self._grids, self._report = sealer, grids, report

    def run(
        self,
        sources: Sequence[SourceFile],
        terms: Terms,
        who: str,
        now: Callable[[], datetime],
        before_use: Callable[[Difference], None],
    ) -> Loaded:
        """Load the files as the next version; return the result.

        `before_use` is called before the version comes into use; if it raises, nothing changes.
        Raises `RegisterError` for files that are refused, and the errors of the store.
        """
        kind, loaded = self._register.kind, Loaded()
        try:
            self._tables.stage(kind, keep=terms.way is Way.CHANGES)
            self._fill(_batches(self._lines(sources, terms, loaded)))
            _check_faults(loaded, terms)
            loaded.difference = self._tables.difference(kind)
            _check_removal(loaded.difference, terms)
            self._note_unknown(loaded)
            before_use(loaded.difference)
            version = Version(
                *(now(), who, terms.way, [source.path.name for source in sources]),
                *([source.digest for source in sources], loaded.difference),
                *(loaded.notes, loaded.faults),
            )
            loaded.version = self._tables.publish(kind, version)
        except BaseException:
            # The table beside is dropped by the next load too, if the store is away now.
            with suppress(ClickHouseError):
                self._tables.drop(kind)
            raise
        return loaded

    def _fill(self, batches: Iterable[bytes]) -> None:
        """Insert the batches in their order; the next one is made while the store takes one."""
        with ThreadPoolExecutor(1, "fill") as sender:
            sent: Future[None] | None = None
            for batch in batches:
                if sent is not None:
                    sent.result()
                sent = sender.submit(self._tables.fill, self._register.kind, batch)
            if sent is not None:
                sent.result()

    def _note_unknown(self, loaded: Loaded) -> None:
        """Report codes that another register lacks: one note, since there may be very many."""
        kind = self._register.kind
        unknown = self._tables.unknown(kind)
        if not unknown.codes:
            return
        column, target = REFERENCES[kind]
        header = next(each.headers[0] for each in self._register.columns if each.field == column)
        examples = "、".join(unknown.examples)
        message = (
            f"{unknown.codes} codes in {header} are not in the register {target}"
            f" ({unknown.entries} entries), such as {examples}"
        )
        self._report(Finding(Severity.NOTE, str(kind), "", message))
        loaded.notes += 1

    def _lines(
        self, sources: Sequence[SourceFile], terms: Terms, loaded: Loaded
    ) -> Iterator[bytes]:
        """Yield the row of each entry as a line; none after a fault with which nothing is loaded.

        The check goes on, so that the number of faults is right.
        """
        for result in check_files(self._register, sources, self._grids):
            if isinstance(result, CheckedEntry):
                loaded.rows += 1
                if terms.leaves_out_bad or not loaded.faults:
                    division = self._grids.division_of(result.entry.grid_code)
                    row = self._sealer.row(result.entry, division, loaded.rows)
                    yield orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
                continue
            self._report(result)
            if result.severity is Severity.NOTE:
                loaded.notes += 1
                continue
            loaded.faults += 1
            if len(loaded.shown) < MOST_SHOWN:
                loaded.shown.append(result)


def _batches(lines: Iterable[bytes]) -> Iterator[bytes]:
    batch: list[bytes] = []
    size = 0
    for line in lines:
        batch.append(line)
        size += len(line)
        if size >= MOST_BYTES:
            yield b"".join(batch)
            batch, size = [], 0
    if batch:
        yield b"".join(batch)


def _check_faults(loaded: Loaded, terms: Terms) -> None:
    """Raise `RegisterError` for faults, unless bad rows are left out, and if there is no row."""
    if loaded.faults and not terms.leaves_out_bad:
        shown = "\n".join(map(str, loaded.shown))
        more = loaded.faults - len(loaded.shown)
        rest = f"\nand {more} more; hub registers check lists all" if more else ""
        raise RegisterError(
            f"{shown}{rest}\n{loaded.faults} rows have faults, so nothing was loaded: mend them, or"
            " load the other rows with --leave-out-bad"
        )
    if not loaded.rows:
        raise RegisterError("the files have no row to load, so nothing was changed")


def _check_removal(difference: Difference, terms: Terms) -> None:
    """Raise `RegisterError` if a full load would remove more than a part of a file explains."""
    is_large = difference.removed > MOST_REMOVED * difference.before
    if difference.before < FEWEST_CHECKED or not is_large or terms.may_remove:
        return
    raise RegisterError(
        f"{difference.removed} of {difference.before} entries are not in the files, so nothing was"
        " loaded: name all files of the register, use --changes for a part of it, or --may-remove"
        " if they are really gone"
    )
