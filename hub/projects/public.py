"""What everybody may see of a project 项目公示内容: all of it but names of persons. Pure.

Names and numbers of persons are masked when a record is made, and once more here: a record may come
from another program. Pictures are shown only where staff have marked them as public.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.numbered.code import shown_code
from hub.numbered.log import RunQuery
from hub.numbered.public import day_of, names_of, opinions_of, village_name
from hub.projects.yuan import shown_yuan
from hub.security.masking import mask_party, mask_text
from schemas.projects.fold import STATE_NAMES, Project, ProjectState, StageSpan
from schemas.projects.money import SOURCE_NAMES
from schemas.projects.project import CLASS_NAMES, STAGE_NAMES, STAGES

COMING = "未开始"


@dataclass(frozen=True, slots=True)
class StageView:
    """A stage: its state in words, its days, notes, and the names of its public pictures."""

    name: str
    state: str
    days: str
    notes: tuple[str, ...] = ()
    photos: tuple[str, ...] = ()
    is_present: bool = False


@dataclass(frozen=True, slots=True)
class MoneyView:
    """An amount that was received."""

    day: str
    source: str
    donor: str
    amount: str
    note: str


@dataclass(frozen=True, slots=True)
class PublicProject:
    """What the public page shows; `facts` are names and texts."""

    code: str
    shown_code: str
    name: str
    state: str
    summary: str
    facts: tuple[tuple[str, str], ...]
    stages: tuple[StageView, ...]
    money: tuple[MoneyView, ...]
    raised: str
    budget: str
    reports: int
    settled: int


def find_public(run_query: RunQuery, project: Project, now: datetime) -> PublicProject:
    """Return what everybody may see of a project."""
    details = project.details
    names = names_of(run_query, details.division_code, details.unit)
    opinions = opinions_of(run_query, "project", project.code)
    return public_view(project, names, opinions, now)


def public_view(
    project: Project, names: Mapping[str, Any], opinions: Mapping[str, Any], now: datetime
) -> PublicProject:
    """Return the view; `names` are those of village, township and unit, `opinions` the counts."""
    details = project.details
    facts = (
        ("类别", CLASS_NAMES[details.project_class]),
        ("村（社区）", village_name(names, details.division_code)),
        ("地点", mask_text(details.place)),
        ("责任单位", names["unit"] or details.unit),
        ("施工方", mask_party(project.contractor)),
        ("项目编号", mask_text(details.number)),
        ("终止原因", mask_text(project.reason)),
    )
    state = STATE_NAMES[project.state]
    if project.state is ProjectState.OPEN:
        state = f"{STAGE_NAMES[project.present.stage]}阶段"
    return PublicProject(
        code=project.code,
        shown_code=shown_code(project.code),
        name=mask_text(details.name),
        state=state,
        summary=mask_text(details.summary),
        facts=tuple((name, text) for name, text in facts if text),
        stages=_stages(project, now),
        money=tuple(
            MoneyView(
                day=day_of(item.at),
                source=SOURCE_NAMES[item.money.source],
                donor=mask_party(item.money.shown_donor),
                amount=shown_yuan(item.money.amount),
                note=mask_text(item.note),
            )
            for item in project.money
        ),
        raised=shown_yuan(project.raised),
        budget=shown_yuan(details.budget),
        reports=int(opinions["reports"]),
        settled=int(opinions["settled"]),
    )


def _stages(project: Project, now: datetime) -> tuple[StageView, ...]:
    spans = {span.stage: span for span in project.spans}
    first = STAGES.index(project.spans[0].stage)
    views = []
    for place, stage in enumerate(STAGES):
        span = spans.get(stage)
        if span is not None:
            views.append(_stage(project, span, now))
        elif place < first:
            views.append(StageView(STAGE_NAMES[stage], "登记前已完成", ""))
        elif project.state is ProjectState.OPEN:
            views.append(StageView(STAGE_NAMES[stage], COMING, ""))
    return tuple(views)


def _stage(project: Project, span: StageSpan, now: datetime) -> StageView:
    begun = day_of(span.entered_at)
    photos = tuple(dict.fromkeys(paper.photo for paper in span.papers if paper.is_public))
    notes = tuple(mask_text(note) for note in span.notes)
    name = STAGE_NAMES[span.stage]
    if span.left_at is not None:
        stopped = project.state is ProjectState.STOPPED and span is project.present
        state = "已终止" if stopped else "已完成"
        return StageView(name, state, f"{begun} 至 {day_of(span.left_at)}", notes, photos)
    late = project.days_late(now)
    state = f"进行中，已超期{late}天" if late else "进行中"
    return StageView(name, state, f"{begun} 起，期限 {span.due}", notes, photos, is_present=True)
