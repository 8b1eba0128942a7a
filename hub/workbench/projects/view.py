"""What the pages of projects show 项目页内容: names instead of codes, amounts in yuan. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hub.numbered.code import shown_code
from hub.numbered.public import day_of
from hub.projects.public import FundingView, funding_of
from hub.projects.yuan import shown_yuan
from schemas.cases.case import STATE_NAMES as CASE_STATE_NAMES
from schemas.cases.case import State
from schemas.numbered import SUPERVISION_NAMES, Span
from schemas.projects.fold import STATE_NAMES, Project, ProjectState
from schemas.projects.money import SOURCE_NAMES
from schemas.projects.project import CLASS_NAMES, STAGE_NAMES, ProjectClass, Stage, stage_after

COLOURS = {"": "", "yellow": "yellow", "red": "red", "up": "red"}
"""Colours of the levels of supervision."""
EVIDENCE_OF = {
    Stage.PROPOSED: "提议书或提议人会议的照片",
    Stage.AGREED: "村民会议或代表会议的记录、表决结果",
    Stage.APPROVED: "乡镇（街道）的批复",
    Stage.SELECTION: "比选记录、合同",
    Stage.CONSTRUCTION: "施工前、中、后的照片",
    Stage.ACCEPTANCE: "验收表",
    Stage.PUBLICATION: "公示栏照片、收支明细",
}
"""What usually proves a stage."""


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """One line of the list."""

    code: str
    name: str
    about: str
    unit: str
    stage: str
    due: str
    supervision: str
    colour: str
    late: str
    budget: str
    raised: str


def project_row(
    row: Mapping[str, Any], areas: Mapping[str, str], units: Mapping[str, str]
) -> ProjectRow:
    """Return a line of `list_query`."""
    is_open = row["state"] == ProjectState.OPEN
    division = str(row["division_code"])
    village = f"{areas.get(division[:9], '')}{areas.get(division, division)}"
    stage = STAGE_NAMES[Stage(row["stage"])]
    return ProjectRow(
        code=row["code"],
        name=row["name"],
        about=f"{CLASS_NAMES[ProjectClass(row['project_class'])]} · {village}",
        unit=units.get(row["unit"], row["unit"]),
        stage=stage if is_open else STATE_NAMES[ProjectState(row["state"])],
        due=row["due"] if is_open else "",
        supervision=SUPERVISION_NAMES[row["supervision"]],
        colour=COLOURS[row["supervision"]],
        late=f"超{row['days_late']}天" if int(row["days_late"]) else "",
        budget=shown_yuan(row["budget"]),
        raised=shown_yuan(row["raised"]),
    )


@dataclass(frozen=True, slots=True)
class SpanView:
    """A part of the way with its days, notes and pictures: (name, is public) each."""

    name: str
    days: str
    late: str
    notes: tuple[str, ...]
    papers: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class AmountView:
    """An amount that counts, by the number of its record."""

    seq: int
    day: str
    source: str
    donor: str
    amount: str
    note: str


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case that belongs to a matter."""

    case_id: str
    number: str
    state: str
    unit: str
    at: str


@dataclass(frozen=True, slots=True)
class ProjectView:
    """The page of a project; `following` names the next stage, empty after the last."""

    code: str
    shown_code: str
    name: str
    state: str
    stage: str
    following: str
    following_code: str
    needs_contractor: bool
    has_evidence: bool
    evidence: str
    late: str
    is_open: bool
    takes_money: bool
    facts: list[tuple[str, str]]
    spans: list[SpanView]
    money: list[AmountView]
    seq: int
    funding: tuple[FundingView, ...] = ()
    plan: Mapping[str, str] = field(default_factory=dict)
    """Planned yuan by source, as the form shows it."""
    reports: list[CaseLine] = field(default_factory=list)


def project_view(
    project: Project,
    areas: Mapping[str, str],
    units: Mapping[str, str],
    reports: list[dict[str, Any]],
    now: datetime,
) -> ProjectView:
    """Return what the page of a project shows."""
    details, present = project.details, project.present
    following, late = stage_after(present.stage), project.days_late(now)
    division = details.division_code
    facts = [
        ("类别", CLASS_NAMES[details.project_class]),
        ("村（社区）", f"{areas.get(division[:9], '')}{areas.get(division, division)}"),
        ("地点", details.place),
        ("项目编号", details.number),
        ("责任单位", units.get(details.unit, details.unit)),
        ("施工方", project.contractor),
        ("预算", shown_yuan(details.budget)),
        ("已到账", shown_yuan(project.raised)),
        ("本阶段期限", str(present.due) if project.state is ProjectState.OPEN else ""),
        ("内容", details.summary),
        ("终止原因", project.reason),
    ]
    return ProjectView(
        code=project.code,
        shown_code=shown_code(project.code),
        name=details.name,
        state=STATE_NAMES[project.state],
        stage=STAGE_NAMES[present.stage],
        following=STAGE_NAMES[following] if following else "",
        following_code=following.value if following else "",
        needs_contractor=present.stage is Stage.SELECTION and not project.contractor,
        has_evidence=bool(present.papers),
        evidence=EVIDENCE_OF[present.stage],
        late=f"本阶段已超期{late}天" if late else "",
        is_open=project.state is ProjectState.OPEN,
        takes_money=project.state is not ProjectState.STOPPED,
        facts=[(name, text) for name, text in facts if text],
        spans=[span_view(STAGE_NAMES[span.stage], span) for span in project.spans],
        money=[
            AmountView(
                item.seq,
                day_of(item.at),
                SOURCE_NAMES[item.money.source],
                item.money.shown_donor,
                shown_yuan(item.money.amount),
                item.note,
            )
            for item in project.money
        ],
        seq=project.seq,
        funding=funding_of(project),
        plan={item.source.value: item.amount for item in project.planned},
        reports=[case_line(row, units) for row in reports],
    )


def span_view(name: str, span: Span) -> SpanView:
    """Return a part of the way of a matter as staff see it."""
    begun = day_of(span.entered_at)
    ended = f"{begun} 至 {day_of(span.left_at)}" if span.left_at else f"{begun} 起"
    late = ""
    if span.left_at and day_of(span.left_at) > str(span.due):
        late = f"期限 {span.due}，超期完成"
    return SpanView(
        name,
        ended,
        late,
        span.notes,
        tuple((paper.photo, paper.is_public) for paper in span.papers),
    )


def case_line(row: Mapping[str, Any], units: Mapping[str, str]) -> CaseLine:
    """Return the line of a case; `received_at` is that of a report about the matter."""
    state = CASE_STATE_NAMES[State(row["state"])] if row["state"] else ""
    unit = units.get(row["unit"], row["unit"])
    return CaseLine(
        row["case_id"], row["number"], state, unit, str(row.get("received_at", ""))[:16]
    )
