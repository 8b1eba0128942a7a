"""What everybody may see of a deliberation 议事公示内容: all but persons and objections. Pure.

Texts are masked when a record is made, and once more here: a record may come from another program.
Of an objection only the answer is shown, because its words may tell who objects. Pictures are shown
only where staff have marked them as public.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.deliberations.facts import facts_of
from hub.numbered.code import shown_code
from hub.numbered.log import RunQuery
from hub.numbered.public import (
    COMING,
    PartView,
    day_of,
    names_of,
    opinions_of,
    part_view,
    village_name,
)
from hub.security.masking import mask_text
from schemas.deliberation.fold import (
    STATE_NAMES,
    Deliberation,
    DeliberationState,
    Objection,
)
from schemas.deliberation.topic import STEP_NAMES, STEPS, Step

CARRIER = "SELECT any(name) AS name FROM units WHERE code = {code:String}"


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An objection: the day on which it came, whether it was right, and the answer."""

    day: str
    state: str
    answer: str


@dataclass(frozen=True, slots=True)
class PublicDeliberation:
    """What the public page shows; `facts` are names and texts."""

    code: str
    shown_code: str
    title: str
    state: str
    summary: str
    facts: tuple[tuple[str, str], ...]
    steps: tuple[PartView, ...]
    answers: tuple[AnswerView, ...]
    project: str
    reports: int
    settled: int
    takes_objections: bool


def find_public(run_query: RunQuery, item: Deliberation, now: datetime) -> PublicDeliberation:
    """Return what everybody may see of a deliberation."""
    details = item.details
    names = names_of(run_query, details.division_code, details.unit)
    carrier = ""
    if item.carried_by:
        (row,) = run_query(CARRIER, {"code": item.carried_by})
        carrier = row["name"] or item.carried_by
    opinions = opinions_of(run_query, "deliberation", item.code)
    return public_view(item, names, carrier, opinions, now)


def public_view(
    item: Deliberation,
    names: Mapping[str, Any],
    carrier: str,
    opinions: Mapping[str, Any],
    now: datetime,
) -> PublicDeliberation:
    """Return the view.

    `names` are those of village, township and unit, `carrier` is the name of the unit that carries
    it out, `opinions` are the counts of reports.
    """
    details, is_open = item.details, item.state is DeliberationState.OPEN
    ended = "撤回原因" if item.state is DeliberationState.WITHDRAWN else "落实结果"
    facts = (
        ("村（社区）", village_name(names, details.division_code)),
        ("地点", details.place),
        ("责任单位", names["unit"] or details.unit),
        ("议题编号", details.number),
        *facts_of(item),
        ("落实单位", carrier),
        ("落实期限", str(item.present.due) if _is_carried_out(item) else ""),
        (ended, item.reason),
    )
    return PublicDeliberation(
        code=item.code,
        shown_code=shown_code(item.code),
        title=mask_text(details.title),
        state=STEP_NAMES[item.present.step] if is_open else STATE_NAMES[item.state],
        summary=mask_text(details.summary),
        facts=tuple((name, mask_text(text)) for name, text in facts if text),
        steps=_steps(item, now),
        answers=tuple(_answer(each) for each in item.objections),
        project=item.project,
        reports=int(opinions["reports"]),
        settled=int(opinions["settled"]),
        takes_objections=is_open and item.present.step is Step.PUBLICATION,
    )


def _is_carried_out(item: Deliberation) -> bool:
    return item.state is DeliberationState.OPEN and item.present.step is Step.CARRYING_OUT


def _answer(objection: Objection) -> AnswerView:
    state = "待答复"
    if objection.answered_at is not None:
        state = "成立，重新议定" if objection.upheld else "已答复"
    return AnswerView(day_of(objection.at), state, mask_text(objection.answer))


def _steps(item: Deliberation, now: datetime) -> tuple[PartView, ...]:
    is_withdrawn, late = item.state is DeliberationState.WITHDRAWN, item.days_late(now)
    views = [
        part_view(
            STEP_NAMES[span.step],
            span,
            late,
            "已撤回" if is_withdrawn and span is item.present else "已完成",
        )
        for span in item.spans
    ]
    if item.state is DeliberationState.OPEN:
        ahead = STEPS[STEPS.index(item.present.step) + 1 :]
        views += [PartView(STEP_NAMES[step], COMING, "") for step in ahead]
    return tuple(views)
