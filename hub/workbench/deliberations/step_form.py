"""The forms of the six steps 六步表单: the record of what was typed, or why there is none. Pure."""

import re
from collections.abc import Collection, Mapping
from datetime import date

from connectors.values.text import half_width, tidy
from hub.deliberations.changes import add_evidence
from hub.deliberations.steps import (
    call_meeting,
    carry_out,
    decide,
    finish,
    hold_meeting,
    publish,
)
from hub.numbered.change import Change, ChangeRefusedError
from hub.workbench.projects.forms import Fields, Refused, day_of_form, note_of
from schemas.deliberation.fold import Deliberation
from schemas.deliberation.meeting import (
    Attendance,
    Call,
    Caller,
    MeetingKind,
    Votes,
)
from schemas.deliberation.record import Decision, DeliberationRecord, Publication, Result

LONGEST_LINE, LONGEST_RESOLUTION = 100, 1000
COUNT = re.compile(r"([0-9]{1,7})\s*[人户票名]?")
AREA = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,4})?)\s*(?:平方米|平米|平方|m2|㎡)?", re.IGNORECASE)
HOUR = re.compile(r"([01]?[0-9]|2[0-3])[:时点]([0-5][0-9])?分?")


def step_record(
    deliberation: Deliberation, change: Change, form: Refused, units: Collection[str]
) -> DeliberationRecord:
    """Return the record of a form of a step; its field `action` names what is done.

    `units` are the codes of the units that may carry something out. Raises `ChangeRefusedError`.
    """
    fields, note = form.fields, note_of(form.fields, "note")
    match fields.get("action", ""):
        case "evidence":
            return add_evidence(deliberation, change, form.papers, note)
        case "call":
            call = _call(change, fields)
            return call_meeting(deliberation, change, call, note=note, papers=form.papers)
        case "meeting":
            came = _attendance(change, fields)
            return hold_meeting(deliberation, change, came, note=note, papers=form.papers)
        case "decision":
            decision = _decision(change, fields)
            return decide(deliberation, change, decision, note=note, papers=form.papers)
        case "publication":
            publication = _publication(change, fields)
            return publish(deliberation, change, publication, note=note, papers=form.papers)
        case "carrying_out":
            return _carried_out(deliberation, change, form, units)
        case "finish":
            return finish(deliberation, change, note, form.papers)
        case _:
            raise ChangeRefusedError("没有这一步，请刷新本页后再登记")


def _call(change: Change, fields: Fields) -> Call:
    kind, caller = fields.get("kind", ""), fields.get("caller", "")
    if kind not in set(MeetingKind):
        raise ChangeRefusedError("请选择开什么会")
    if caller not in set(Caller):
        raise ChangeRefusedError("请选择由谁召集")
    return Call(
        kind=MeetingKind(kind),
        caller=Caller(caller),
        noticed_on=_day(fields, "noticed_on", "通知日期", change.today),
        day=_day(fields, "day", "会议日期"),
        hour=_hour(fields.get("hour", "")),
        place=_line(fields, "place", "会议地点"),
        entitled=_count(fields, "entitled", "应到人数", least=1),
        area=_area(fields, "area", "全体业主的专有面积"),
        urgent=bool(fields.get("urgent")),
    )


def _attendance(change: Change, fields: Fields) -> Attendance:
    return Attendance(
        day=_day(fields, "day", "开会日期", change.today),
        entitled=_count(fields, "entitled", "应到人数", least=1),
        attended=_count(fields, "attended", "实到人数"),
        area=_area(fields, "area", "全体业主的专有面积"),
        attended_area=_area(fields, "attended_area", "参与表决业主的专有面积"),
    )


def _decision(change: Change, fields: Fields) -> Decision:
    result = fields.get("result", "")
    if result not in set(Result):
        raise ChangeRefusedError("请选择表决结果")
    is_postponed = result == Result.POSTPONED
    votes_unless = 0 if is_postponed else None
    return Decision(
        decided_on=_day(fields, "decided_on", "表决日期", change.today),
        votes=Votes(
            in_favour=_count(fields, "in_favour", "同意票数", otherwise=votes_unless),
            against=_count(fields, "against", "反对票数", otherwise=0),
            abstained=_count(fields, "abstained", "弃权票数", otherwise=0),
            area_in_favour=_area(fields, "area_in_favour", "同意的专有面积"),
        ),
        result=Result(result),
        text="" if is_postponed else note_of(fields, "text", LONGEST_RESOLUTION),
    )


def _publication(change: Change, fields: Fields) -> Publication:
    return Publication(
        since=_day(fields, "since", "公示开始的日期", change.today),
        until=_day(fields, "until", "公示结束的日期"),
        where=_line(fields, "where", "公示的地方"),
    )


def _carried_out(
    deliberation: Deliberation, change: Change, form: Refused, units: Collection[str]
) -> DeliberationRecord:
    unit = form.fields.get("carried_by", "")
    if unit not in units:
        raise ChangeRefusedError("请选择落实单位")
    due = day_of_form(form.fields, "due", "落实期限")
    note = note_of(form.fields, "note")
    return carry_out(deliberation, change, unit, due=due, note=note, papers=form.papers)


def _day(fields: Fields, name: str, label: str, otherwise: date | None = None) -> date:
    day = day_of_form(fields, name, label) or otherwise
    if day is None:
        raise ChangeRefusedError(f"请填写{label}")
    return day


def _line(fields: Mapping[str, str], name: str, label: str) -> str:
    text = " ".join(tidy(fields.get(name, "")).split())
    if not text:
        raise ChangeRefusedError(f"请填写{label}")
    if len(text) > LONGEST_LINE:
        raise ChangeRefusedError(f"{label}最多{LONGEST_LINE}字")
    return text


def _count(
    fields: Fields, name: str, label: str, *, least: int = 0, otherwise: int | None = None
) -> int:
    """Return a number of people or votes: 31, 31人 or ３１. Raises `ChangeRefusedError`."""
    text = half_width(fields.get(name, "")).strip()
    if not text and otherwise is not None:
        return otherwise
    matched = COUNT.fullmatch(text)
    if matched is None or int(matched[1]) < least:
        raise ChangeRefusedError(f"{label}“{text[:20]}”有误，请写数字，如31")
    return int(matched[1])


def _area(fields: Fields, name: str, label: str) -> float:
    """Return an area in m², 0 if there is none: 21000.5, 21,000平方米. Raises as `_count`."""
    text = half_width(fields.get(name, "")).replace(",", "").strip()
    if not text:
        return 0.0
    matched = AREA.fullmatch(text)
    if matched is None:
        raise ChangeRefusedError(f"{label}“{text[:20]}”有误，单位是平方米，如21000.5")
    return float(matched[1])


def _hour(text: str) -> str:
    """Return a time of day as 19:30; 19点 and 7:30 are read too. Raises `ChangeRefusedError`."""
    plain = half_width(text).strip()
    if not plain:
        return ""
    matched = HOUR.fullmatch(plain)
    if matched is None:
        raise ChangeRefusedError(f"会议时间“{text[:20]}”有误，请写成19:30")
    return f"{int(matched[1]):02d}:{matched[2] or '00'}"
