"""`hub registers` 基础台账: check and load files, list versions, open one entry for a purpose."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError

from connectors.formats.sheets.sheet import Cell
from connectors.formats.sheets.spreadsheet import workbook
from hub.accounts.audit import AuditAction
from hub.accounts.operator_audit import noting, operator_name
from hub.accounts.purpose import PURPOSE_LETTERS, is_meaningful
from hub.admin.ask import ask_store
from hub.registers.catalogue import REGISTERS
from hub.registers.check import Finding, Severity, check_files
from hub.registers.column import Register
from hub.registers.engine_tables import EngineRegisterTables
from hub.registers.grids import KnownGrids
from hub.registers.kinds.documents import checked_number
from hub.registers.load import Loaded, RegisterLoad, Terms
from hub.registers.rows import inspect
from hub.registers.stored import EntrySealer
from hub.registers.tables import COMMENT, Difference, RegisterStore, RegisterTables
from hub.runtime.errors import HubError
from hub.runtime.lock import acquire_lock
from hub.security.keyring import open_sealer
from hub.settings import Settings
from hub.settings.store import StoreSettings
from hub.store.client import open_store
from hub.town.registers import load_town
from schemas.registers.document import DocumentKind
from schemas.registers.entry import REGISTER_NAMES, RegisterKind, person_key

VERSIONS = (
    "SELECT register, version, toString(at) AS at, who, way, files, entries, added, changed,"
    " removed, noted, refused FROM register_versions WHERE {kind:String} IN ('', register)"
    " ORDER BY at DESC LIMIT {limit:UInt32}"
)
NAMES = {
    "register": "台账",
    "version": "版本",
    "in_use": "在用",
    "at": "时间",
    "who": "操作人",
    "way": "方式",
    "files": "文件",
    "entries": "条数",
    "added": "新增",
    "changed": "变更",
    "removed": "移除",
    "noted": "提示",
    "refused": "退回",
}
WAY_NAMES = {"full": "全量", "changes": "增量"}
UNSHOWN = ("sealed", "ordinal", "code")
Report = Callable[[Finding], None]


def check_register(
    settings: Settings, kind: RegisterKind, paths: Sequence[Path], report: Report
) -> tuple[bool, str]:
    """Return whether the files can be loaded, and a sentence; `report` gets every finding.

    Nothing is stored. Raises `HubError` for a file that cannot be read at all.
    """
    sources = [inspect(path, settings.registers_url.get_secret_value()) for path in paths]
    grids = KnownGrids(load_town(settings.town))
    good = faults = notes = 0
    for result in check_files(REGISTERS[kind], sources, grids):
        if not isinstance(result, Finding):
            good += 1
            continue
        report(result)
        faults += result.severity is Severity.FAULT
        notes += result.severity is Severity.NOTE
    return not faults and good > 0, f"{good} rows are good, {faults} have faults; {notes} notes"


def load_register(
    settings: Settings, kind: RegisterKind, paths: Sequence[Path], terms: Terms, report: Report
) -> str:
    """Load files as the next version of a register; return a sentence about it.

    The audit has a line before the version comes into use. Raises `HubError`; then the former
    version stays in use.
    """
    sources = [inspect(path, settings.registers_url.get_secret_value()) for path in paths]
    grids = KnownGrids(load_town(settings.town))
    lock = acquire_lock(settings.data, f"registers-{kind}")
    note = noting(settings, AuditAction.REGISTER_LOAD)

    def before_use(difference: Difference) -> None:
        note(
            f"{kind}, {terms.way}: {len(sources)} files, {difference.added} added,"
            f" {difference.changed} changed, {difference.removed} removed"
        )

    try:
        with _writable(settings) as tables:
            sealer = EntrySealer(REGISTERS[kind], open_sealer(settings))
            load = RegisterLoad(REGISTERS[kind], tables, sealer, grids, report)
            loaded = load.run(
                sources, terms, operator_name(), lambda: datetime.now(UTC), before_use
            )
    finally:
        if lock:
            lock.close()
    return _sentence(kind, loaded)


def _sentence(kind: RegisterKind, loaded: Loaded) -> str:
    change = loaded.difference
    refused = f", {loaded.faults} rows with faults were left out" if loaded.faults else ""
    return (
        f"{kind} version {loaded.version} is in use: {change.after} entries, {change.added} added,"
        f" {change.changed} changed, {change.removed} removed; {loaded.notes} notes{refused}"
    )


@contextmanager
def _writable(settings: StoreSettings) -> Iterator[RegisterStore]:
    """Yield the tables of the registers; raises `HubError` if the store fails."""
    try:
        if not settings.clickhouse:
            yield EngineRegisterTables(settings)
            return
        store = open_store(settings)
        try:
            yield RegisterTables(store)
        finally:
            store.close()
    except ClickHouseError as error:
        raise HubError(
            f"the store refused or did not answer ({error}); the former version stays in use."
            " Start the hub with hub up, and load again"
        ) from error


def list_versions(settings: StoreSettings, kind: str, limit: int) -> list[dict[str, Any]]:
    """Return the versions of a register, newest first; of all registers if `kind` is empty.

    `in_use` is True for the version that readers see. Raises `HubError`.
    """
    rows = ask_store(settings, VERSIONS, {"kind": kind, "limit": limit})
    present = {
        str(each): "".join(row["comment"] for row in ask_store(settings, COMMENT, {"name": each}))
        for each in {str(row["register"]) for row in rows}
    }
    return [
        {
            **dict(list(row.items())[:2]),
            "in_use": present[row["register"]] == str(row["version"]),
            **dict(list(row.items())[2:]),
        }
        for row in rows
    ]


def in_chinese(versions: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return rows of `list_versions` as a table shows them."""
    return [{header: _words(name, row[name]) for name, header in NAMES.items()} for row in versions]


def _words(name: str, value: Any) -> str:
    if name == "in_use":
        return "是" if value else "否"
    if name == "files":
        return "、".join(value)
    if name == "register":
        return REGISTER_NAMES[RegisterKind(value)]
    return WAY_NAMES.get(str(value), str(value))


def show_entry(
    settings: Settings,
    kind: RegisterKind,
    typed: str,
    purpose: str,
    document: DocumentKind | None = None,
) -> dict[str, Any]:
    """Return one entry with its personal data, by code, or by the number of a document.

    The audit has a line with the purpose before anything is read. Raises `HubError` for a purpose
    without words, an invalid or unknown id, or a store that does not answer.
    """
    register = REGISTERS[kind]
    if not is_meaningful(purpose, PURPOSE_LETTERS):
        raise HubError(
            f"--purpose needs {PURPOSE_LETTERS} letters or Han characters that say what it is for"
        )
    sealer = EntrySealer(register, open_sealer(settings))
    code = sealer.code_of(_key(register, typed, document))
    noting(settings, AuditAction.REGISTER_LOOK)(f"{kind} {code[:18]}: {purpose}")
    columns = ", ".join(register.table_columns)
    rows = ask_store(
        settings,
        f"SELECT {columns} FROM {kind} FINAL WHERE code = {{code:String}}",  # noqa: S608 - our own
        {"code": code},
    )
    if not rows:
        raise HubError(f"register {kind} has no such entry; check the number")
    row = rows[0]
    return {
        **({} if kind is RegisterKind.PEOPLE else {"code": code}),
        **{name: value for name, value in row.items() if name not in UNSHOWN and value},
        **sealer.open(code, str(row["sealed"])),
    }


def _key(register: Register, typed: str, document: DocumentKind | None) -> str:
    column = register.columns[0]
    try:
        value = str(column.read(Cell(typed)).value)
        if register.kind is not RegisterKind.PEOPLE:
            return value
        kind, number, _ = checked_number(value, document)
        return person_key(kind, number)
    except ValueError as error:
        text = str(error).replace("write its kind in 证件类型", "name its kind with --document")
        raise HubError(f"{column.headers[0]}: {text}") from error


def write_template(kind: RegisterKind, path: Path) -> None:
    """Write a workbook with the headers of a register and an example row; raises `HubError`."""
    columns = [column for column in REGISTERS[kind].columns if column.in_template]
    lines = [[column.headers[0] for column in columns], [column.example for column in columns]]
    try:
        with path.open("xb") as file:
            file.write(workbook(REGISTER_NAMES[kind], lines))
    except FileExistsError as error:
        raise HubError(f"{path} is there already; name another file") from error
