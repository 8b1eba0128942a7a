"""What the pages of deliberations show 议事页内容: names instead of codes. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.deliberations.facts import facts_of
from hub.numbered.code import shown_code
from hub.numbered.public import day_of
from hub.workbench.projects.view import COLOURS, CaseLine, SpanView, case_line, span_view
from schemas.deliberation.fold import (
    STATE_NAMES,
    Deliberation,
    DeliberationState,
    Objection,
)
from schemas.deliberation.meeting import QUORUM_WORDS, majority_words
from schemas.deliberation.record import RESULT_NAMES, Result
from schemas.deliberation.topic import STEP_NAMES, Step
from schemas.numbered import SUPERVISION_NAMES

PAPERS_OF = {
    Step.TOPIC: "村（居）两委商议的记录、会议通知",
    Step.CALL: "签到表、会场照片",
    Step.MEETING: "会议记录、表决结果",
    Step.DECISION: "公示栏或群公告的照片",
    Step.PUBLICATION: "公示期满的照片",
    Step.CARRYING_OUT: "落实前后的照片、实施结果公示",
}
"""What usually proves a step."""


@dataclass(frozen=True, slots=True)
class DeliberationRow:
    """One line of a list."""

    code: str
    title: str
    about: str
    unit: str
    step: str
    due: str
    supervision: str
    colour: str
    late: str
    result: str
    objections: str
    is_open: bool


def deliberation_row(
    row: Mapping[str, Any], areas: Mapping[str, str], units: Mapping[str, str]
) -> DeliberationRow:
    """Return a line of `list_query`, of `OF_CASE` or of `OF_PROJECT`."""
    is_open = row["state"] == DeliberationState.OPEN
    division = str(row["division_code"])
    result = RESULT_NAMES[Result(row["result"])] if row["result"] else ""
    came = f"（{row['in_favour']}/{row['attended']}）" if result and int(row["attended"]) else ""
    waiting = f"{row['unanswered']}条未答复" if int(row["unanswered"]) else ""
    return DeliberationRow(
        code=row["code"],
        title=row["title"],
        about=f"{areas.get(division[:9], '')}{areas.get(division, division)} · {row['number']}",
        unit=units.get(row["unit"], row["unit"]),
        step=STEP_NAMES[Step(row["step"])] if is_open else STATE_NAMES[row["state"]],
        due=row["due"] if is_open else "",
        supervision=SUPERVISION_NAMES[row["supervision"]],
        colour=COLOURS[row["supervision"]],
        late=f"超{row['days_late']}天" if int(row["days_late"]) else "",
        result=f"{result}{came}",
        objections=waiting or (f"{row['objections']}条已答复" if int(row["objections"]) else ""),
        is_open=is_open,
    )


@dataclass(frozen=True, slots=True)
class DeliberationView:
    """The page of a deliberation."""

    code: str
    shown_code: str
    title: str
    state: str
    step: str
    step_code: str
    late: str
    is_open: bool
    may_link: bool
    is_rejected: bool
    may_decide: bool
    needs_areas: bool
    has_papers: bool
    papers: str
    quorum: str
    majority: str
    facts: list[tuple[str, str]]
    spans: list[SpanView]
    objections: list[tuple[Objection, str]]
    cases: list[CaseLine]
    reports: list[CaseLine]
    project: str
    seq: int


def deliberation_view(
    item: Deliberation,
    areas: Mapping[str, str],
    units: Mapping[str, str],
    cases: Sequence[Mapping[str, Any]],
    reports: Sequence[Mapping[str, Any]],
    now: datetime,
) -> DeliberationView:
    """Return what the page of a deliberation shows."""
    details, present, late = item.details, item.present, item.days_late(now)
    division, is_open = details.division_code, item.state is DeliberationState.OPEN
    facts = [
        ("村（社区）", f"{areas.get(division[:9], '')}{areas.get(division, division)}"),
        ("议题编号", details.number),
        ("地点", details.place),
        ("责任单位", units.get(details.unit, details.unit)),
        ("议定什么", details.summary),
        *facts_of(item),
        ("落实单位", units.get(item.carried_by, item.carried_by)),
        ("本步期限", str(present.due) if is_open else ""),
        ("撤回原因" if item.state is DeliberationState.WITHDRAWN else "落实结果", item.reason),
    ]
    kind = item.call.kind if item.call else None
    return DeliberationView(
        code=item.code,
        shown_code=shown_code(item.code),
        title=details.title,
        state=STATE_NAMES[item.state],
        step=STEP_NAMES[present.step],
        step_code=present.step.value,
        late=f"本步已超期{late}天" if late else "",
        is_open=is_open,
        may_link=item.state is not DeliberationState.WITHDRAWN,
        is_rejected=item.result is Result.REJECTED,
        may_decide=item.may_decide,
        needs_areas=bool(item.call and item.call.area),
        has_papers=bool(present.papers),
        papers=PAPERS_OF[present.step],
        quorum=QUORUM_WORDS[kind] if kind else "",
        majority=majority_words(kind) if kind else "",
        facts=[(name, text) for name, text in facts if text],
        spans=[span_view(STEP_NAMES[span.step], span) for span in item.spans],
        objections=[(each, day_of(each.at)) for each in item.objections],
        cases=[case_line(row, units) for row in cases],
        reports=[case_line(row, units) for row in reports],
        project=item.project,
        seq=item.seq,
    )
