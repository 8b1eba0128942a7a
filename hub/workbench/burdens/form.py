"""Reads the forms of the page 减负 任务登记表单: a task, and the decision of the county. Pure."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from pydantic import ValidationError

from connectors.values.text import tidy
from schemas.town.lists import TaskKind
from schemas.town.register import Unit
from schemas.town.task import RECEIVING, Ruling, TaskRequest, paper_number
from streams.town.admission import fault_of
from streams.town.register import Register

FIELDS = (
    *("department", "paper", "title", "kind", "tier", "receiver", "handed_on", "due_on"),
    "resources",
)
LONGEST = {"paper": 60, "title": 100, "resources": 200}
NAMES = {"paper": "文号", "title": "任务名称", "resources": "随附的人员或经费"}
LONGEST_AGO = timedelta(days=3 * 366)
"""A task is registered within so long, and due within so long: a day of 1926 is a slip."""
SHORTEST_TITLE, SHORTEST_REASON, LONGEST_REASON = 2, 4, 200


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it was sent: its values by field, and the request, or what is wrong with it."""

    values: Mapping[str, str]
    request: TaskRequest | None = None
    fault: str = ""


def empty_form(today: date) -> Filled:
    """Return the form with the day of today."""
    return Filled({**dict.fromkeys(FIELDS, ""), "handed_on": today.isoformat()})


def read_request(fields: Mapping[str, str], register: Register, area: str, today: date) -> Filled:
    """Return the request of a form, or the first fault in Chinese.

    `area` is that of the township whose member registers the task; empty: the whole county. He
    registers what his own township or one of its villages has to do.
    """
    values = {name: _plain(fields.get(name, "")) for name in FIELDS}
    values["paper"] = paper_number(values["paper"])
    for name in ("handed_on", "due_on"):
        values[name] = unicodedata.normalize("NFKC", values[name])
    fault = _fault(values, today)
    if fault:
        return Filled(values, fault=fault)
    try:
        request = TaskRequest(
            **{name: values[name] for name in FIELDS if name != "due_on"},
            due_on=values["due_on"] or None,
        )
    except ValidationError:
        return Filled(values, fault="请选择部门、类别和层级，日期写成2026-11-28的形式")
    fault = fault_of(request, register) or _not_own(request, register, area)
    return Filled(values, fault=fault) if fault else Filled(values, request)


def read_decision(fields: Mapping[str, str]) -> tuple[Ruling | None, str, str]:
    """Return the decision, its reason, and what is wrong with them."""
    reason = _plain(fields.get("reason", ""))
    decision = fields.get("ruling", "")
    if decision not in (Ruling.ADMITTED, Ruling.REFUSED):
        return None, reason, "请选择准入或退回"
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        return None, reason, f"请写明决定的依据，{SHORTEST_REASON}到{LONGEST_REASON}个字"
    return Ruling(decision), reason, ""


def receivers_for(register: Register, area: str) -> tuple[Unit, ...]:
    """Return the townships and villages of an area; of the whole county for an empty one."""
    return tuple(
        unit for unit in register.units if unit.tier in RECEIVING and unit.area.startswith(area)
    )


def _plain(text: str) -> str:
    """Return a text as a reader sees it, in one line."""
    return " ".join(tidy(text).split())


def _fault(values: Mapping[str, str], today: date) -> str:
    if len(values["title"]) < SHORTEST_TITLE:
        return "请写任务名称"
    for name, most in LONGEST.items():
        if len(values[name]) > most or not values[name].isprintable():
            return f"{NAMES[name]}最多{most}个字"
    if values["kind"] not in set(TaskKind):
        return "请选择任务类别"
    for name in ("handed_on", "due_on"):
        try:
            day = date.fromisoformat(values[name]) if values[name] or name == "handed_on" else None
        except ValueError:
            return "日期写成2026-11-28的形式"
        if day is None:
            continue
        if name == "handed_on" and day > today:
            return "下达日期还没有到，请检查"
        if abs(day - today) > LONGEST_AGO:
            return f"日期{day}离今天超过三年，请检查"
    return ""


def _not_own(request: TaskRequest, register: Register, area: str) -> str:
    codes = {unit.code for unit in receivers_for(register, area)}
    if area and request.receiver not in codes:
        return "请选择接收单位：本乡镇（街道）或者所辖的村（社区）"
    return ""
