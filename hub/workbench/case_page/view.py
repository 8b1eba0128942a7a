"""What the page of a case shows 事项页内容: names instead of codes, times in Beijing. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hub.attachments.photos import NAME as PHOTO_NAME
from hub.workbench.case_page.photos import answer_photos, names_of
from hub.workbench.triage.panel import category_name, place_of
from schemas.base import BEIJING
from schemas.cases.case import MOVE_NAMES, Case, Move
from schemas.channel import CHANNEL_NAMES, Channel
from schemas.reports.danger import DANGER_NAMES
from schemas.reports.fact import URGENCY_NAMES, Kind
from streams.case.notices import answer_text
from streams.matching.evidence import reasons
from streams.town.register import Register

KIND_NAMES = {
    Kind.REPORT: "诉求",
    Kind.FOLLOW_UP: "催办",
    Kind.WITHDRAWAL: "撤诉",
    Kind.EVALUATION: "回访评价",
    Kind.PATROL_CHECK: "巡查打卡",
    Kind.VISIT: "走访",
    Kind.WISH: "微心愿",
}
ACTORS = {"hub": "系统"}
OUTCOMES = {"delivered": "已送达", "not_told": "无须送达", "dead": "未能送达"}
FEEDBACK_WAITS = "待送达"
SUPERVISIONS = {"": "未督办", "yellow": "黄牌", "red": "红牌", "up": "提级督办"}


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """An attachment of a report; `address` serves it through the hub."""

    name: str
    address: str
    thumbnail: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """One report in its own words."""

    event_id: str
    at: str
    channel: str
    kind: str
    native_id: str
    title: str
    content: str
    place: str
    reporter: str
    danger: str
    attachments: tuple[AttachmentView, ...]
    project: str = ""
    """Code of the project that it is about."""
    deliberation: str = ""
    """Code of the deliberation that it is about."""


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry of the history: `speaks_for` and `against` are the evidence of a match in words."""

    at: str
    title: str
    text: str
    speaks_for: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    photos: tuple[str, ...] = ()
    """Names of the photos of an answer."""


@dataclass(frozen=True, slots=True)
class FeedbackView:
    """What a channel told its citizen, and whether it arrived."""

    at: str
    channel: str
    text: str
    outcome: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """The parts of the page beside the panel of commands."""

    number: str
    facts: list[tuple[str, str]]
    clock: list[tuple[str, str]]
    reports: list[ReportView]
    entries: list[EntryView]
    feedback: list[FeedbackView]
    citizen_reads: list[tuple[str, str]] = field(default_factory=list)
    """Channel, and the frame of the text that the citizen reads when the case is resolved."""
    answer_photos: tuple[str, ...] = ()


ANSWER_GAP = "（您写的答复）"


def case_view(case: Case, details: Mapping[str, Any], register: Register) -> CaseView:
    """Return the view of a case from `case_details`."""
    readable = bool(details["words"])
    return CaseView(
        number=case.number,
        facts=_facts(case, register, readable=readable),
        clock=_clock(case),
        reports=[report_view(case, row) for row in details["reports"]],
        entries=[_entry(case, row, register) for row in details["entries"]],
        feedback=[_feedback(row) for row in details["feedback"]],
        citizen_reads=_citizen_reads(case, register),
        answer_photos=answer_photos(case.case_id, details["entries"]),
    )


def moment(value: datetime | str | None) -> str:
    """Return a time of a model or of the store as people read it; empty for None."""
    if not value:
        return ""
    if isinstance(value, str):
        return value[:16]
    return f"{value.astimezone(BEIJING):%Y-%m-%d %H:%M}"


def unit_name(code: str, register: Register) -> str:
    """Return the name of a unit or of another actor."""
    unit = register.unit(code)
    return unit.name if unit else ACTORS.get(code, code)


def _facts(case: Case, register: Register, *, readable: bool) -> list[tuple[str, str]]:
    assigned = case.assignment
    facts = [
        ("事项", category_name(case.category)),
        ("地点", place_of(case, register, readable=readable) or "未明"),
        ("对象", case.object_name if readable else ""),
        ("紧急程度", URGENCY_NAMES[case.urgency]),
        ("承办单位", unit_name(assigned.unit, register) if assigned else "未派单"),
        (
            "协办单位",
            "、".join(unit_name(code, register) for code in assigned.assisting) if assigned else "",
        ),
        ("派单依据", assigned.reason if assigned and readable else ""),
        ("诉求", f"{case.report_count}件，催办{case.follow_ups}次"),
        ("退单、重办", f"{case.returns}次、{case.reopenings}次"),
    ]
    return [(name, text) for name, text in facts if text]


def _clock(case: Case) -> list[tuple[str, str]]:
    times = [
        ("立案", moment(case.opened_at)),
        ("签收时限", moment(case.accept_by)),
        ("签收", moment(case.accepted_at)),
        ("黄牌时间", moment(case.yellow_at)),
        ("办结时限", moment(case.due_at)),
        ("挂起", moment(case.clock.suspended_at)),
        ("办结", moment(case.settled_at)),
        ("自动归档", moment(case.closes_at)),
        ("督办", SUPERVISIONS.get(str(case.supervision), "")),
    ]
    return [(name, text) for name, text in times if text]


def report_view(case: Case, row: Mapping[str, Any]) -> ReportView:
    """Return a report of `case_details` or of `filed_reports`."""
    text = row["content"] if row["content"] != row["title"] else ""
    return ReportView(
        event_id=row["id"],
        at=moment(row["received_at"]),
        channel=CHANNEL_NAMES[Channel(row["channel"])],
        kind=KIND_NAMES.get(row["kind"], ""),
        native_id=row["native_id"],
        title=row["title"],
        content=text,
        place=row["place_text"],
        reporter="匿名" if row["anonymous"] else row["reporter_masked"],
        danger=DANGER_NAMES.get(row["danger"], ""),
        attachments=_attachments(case, row),
        project=row["project"],
        deliberation=row["deliberation"],
    )


def _attachments(case: Case, row: Mapping[str, Any]) -> tuple[AttachmentView, ...]:
    at = f"/cases/{case.case_id}/reports/{row['id']}/attachments"
    return tuple(
        AttachmentView(
            name=_name_of(str(item.get("name") or ""), number + 1),
            address=f"{at}/{number}",
            thumbnail=f"{at}/{number}/thumbnail",
        )
        for number, item in enumerate(json.loads(row["attached"] or "[]"))
    )


def _name_of(name: str, number: int) -> str:
    """Return what people read as the name of an attachment; a photo of ours is named by a hash."""
    return f"照片{number}" if PHOTO_NAME.fullmatch(name) else name or f"附件{number}"


def _entry(case: Case, row: Mapping[str, Any], register: Register) -> EntryView:
    move = Move(row["move"])
    name, actor = MOVE_NAMES[move], unit_name(row["actor"], register)
    reason = "" if row["reason"] == name else row["reason"]
    data = json.loads(row["data"] or "{}")
    speaks_for, against = reasons(data.get("match") or {}, str(data.get("barred") or ""))
    return EntryView(
        moment(row["at"]),
        f"{name} · {actor}",
        reason,
        tuple(speaks_for),
        tuple(against),
        names_of(case.case_id, data) if move is Move.RESOLVE else (),
    )


def _feedback(row: Mapping[str, Any]) -> FeedbackView:
    outcome = OUTCOMES.get(row["outcome"], FEEDBACK_WAITS)
    arrived = moment(row["told_at"]) if row["outcome"] in OUTCOMES else ""
    return FeedbackView(
        at=moment(row["at"]),
        channel=CHANNEL_NAMES[Channel(row["channel"])],
        text=row["text"],
        outcome=f"{outcome} {arrived}".strip(),
    )


def _citizen_reads(case: Case, register: Register) -> list[tuple[str, str]]:
    """Return the channels of a case, and what their citizens read when it is resolved."""
    unit = unit_name(case.assignment.unit, register) if case.assignment else "承办单位"
    channels: Iterable[Channel] = sorted({report.channel for report in case.reports})
    frame = answer_text(unit, ANSWER_GAP)
    return [(CHANNEL_NAMES[channel], frame) for channel in channels]


@dataclass(frozen=True, slots=True)
class ContactView:
    """The contact details of one report, or why they cannot be shown."""

    report: str
    text: str


def contact_view(line: Mapping[str, Any]) -> ContactView:
    """Return a line of `contacts`: name, telephone, address and mail address, if they are there."""
    report = f"{CHANNEL_NAMES[Channel(line['channel'])]} {line['native_id']}"
    if line.get("error"):
        return ContactView(report, "不能打开，请联系管理员")
    known = [str(line[name]) for name in ("name", "phone", "address", "email") if line.get(name)]
    return ContactView(report, "，".join(known) or "没有留下联系方式")
