"""`hub projects` 村居项目: register the projects of a list, and list them."""

import getpass
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub.admin.ask import ask_store, open_reader, render_rows
from hub.broker.producer import KafkaSender
from hub.projects.changes import register
from hub.projects.code import project_code
from hub.projects.log import ProjectLog
from hub.projects.places import Places
from hub.projects.sheet import ListedProject, ListError, read_list
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.settings.store import StoreSettings
from hub.store.reader import Reader
from hub.town.registers import load_town
from schemas.numbered import SUPERVISION_NAMES
from schemas.projects.fold import STATE_NAMES, ProjectState
from schemas.projects.project import STAGE_NAMES, Stage
from schemas.projects.record import ProjectRecord

LIST = (
    "SELECT p.code AS code, p.name AS name, a.name AS village, division_code, u.name AS unit_name,"
    " unit, stage, toString(due) AS due, days_late, supervision,"
    " state, toString(budget) AS budget, toString(raised) AS raised FROM projects AS p"
    " LEFT JOIN (SELECT code, name FROM areas FINAL) AS a ON a.code = p.division_code"
    " LEFT JOIN (SELECT code, name FROM units FINAL) AS u ON u.code = p.unit"
    " WHERE {unit:String} IN ('', unit) AND startsWith(division_code, {area:String})"
    " AND days_late >= {least:UInt32} ORDER BY days_late DESC, due, code"
    " LIMIT {limit:UInt32}"
)
KNOWN = "SELECT DISTINCT code FROM project_records WHERE code IN {codes:Array(String)}"
NAMES = {
    "code": "项目码",
    "name": "名称",
    "village": "村（社区）",
    "unit_name": "责任单位",
    "stage": "阶段",
    "due": "期限",
    "days_late": "超期天数",
    "supervision": "督办",
    "state": "状态",
    "budget": "预算（元）",
    "raised": "到账（元）",
}
LARGEST = 64 * 1024 * 1024
PAGE = 500
"""Codes of one query: they are in its address."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a list; `faults` are rows that were not registered, with the reason.

    `notes` are rows that were registered without the plan of their money, with the reason. With
    `only_checked` nothing was sent.
    """

    registered: int
    known: int
    skipped: int
    faults: list[str]
    notes: list[str]
    only_checked: bool = False

    def __str__(self) -> str:
        what = "would be registered" if self.only_checked else "registered"
        counts = (
            f"{self.registered} {what}, {self.known} were registered before,"
            f" {self.skipped} rows without a project, {len(self.faults)} with faults"
        )
        plans = [f"{len(self.notes)} without the plan of their money:"] if self.notes else []
        return "\n".join([counts, *self.faults, *plans, *self.notes])


def import_list(settings: Settings, path: Path, *, only_check: bool) -> Imported:
    """Register the projects of a list; with `only_check` nothing is sent.

    Raises `HubError` if the file is no list, or if broker or store do not answer.
    """
    if path.stat().st_size > LARGEST:
        raise ListError(f"{path} is larger than {LARGEST} bytes")
    town, now = load_town(settings.town), datetime.now(UTC)
    listed = read_list(path.read_bytes(), Places(town.areas, town.units), now)
    faults = [f"{position}：{detail}" for position, detail in listed.faults]
    notes = [f"{position}：{detail}" for position, detail in listed.notes]
    with open_reader(settings) as reader:
        codes = [_code(project) for project in listed.projects]
        known = _known(reader, codes)
        fresh = [project for project in listed.projects if _code(project) not in known]
        records: list[ProjectRecord] = []
        for project in fresh:
            try:
                records.append(record_of(project, getpass.getuser(), now))
            except HubError as error:
                faults.append(f"{project.position}：{error}")
        sender = KafkaSender(settings)
        try:
            if records and not only_check:
                ProjectLog(reader.rows, sender).append_all(records)
        finally:
            sender.close()
    return Imported(len(records), len(known), listed.skipped, faults, notes, only_check)


def record_of(project: ListedProject, actor: str, at: datetime) -> ProjectRecord:
    """Return the record that registers a listed project; raises `ChangeRefusedError`."""
    return register(
        project.details,
        actor,
        at,
        stage=project.stage,
        due=project.due,
        contractor=project.contractor,
        planned=project.planned,
    )


def list_projects(settings: StoreSettings, *, late: bool, as_json: bool, **filters: Any) -> str:
    """Return the projects, the most overdue first; raises `HubError`.

    With `late` only the overdue ones. The filters are area and unit (codes, empty: any) and limit.
    """
    rows = ask_store(settings, LIST, {**filters, "least": int(late)})
    return render_rows(rows if as_json else [_in_chinese(row) for row in rows], as_json=as_json)


def _in_chinese(row: dict[str, Any]) -> dict[str, Any]:
    values = {
        **row,
        "village": row["village"] or row["division_code"],
        "unit_name": row["unit_name"] or row["unit"],
        "stage": STAGE_NAMES[Stage(row["stage"])],
        "state": STATE_NAMES[ProjectState(row["state"])],
        "supervision": SUPERVISION_NAMES[row["supervision"]],
    }
    return {chinese: values[name] for name, chinese in NAMES.items()}


def _known(reader: Reader, codes: list[str]) -> set[str]:
    """Return the codes of projects that are registered."""
    pages = (codes[at : at + PAGE] for at in range(0, len(codes), PAGE))
    return {str(row["code"]) for page in pages for row in reader.rows(KNOWN, {"codes": page})}


def _code(project: ListedProject) -> str:
    return project_code(project.details.division_code, project.details.number)
