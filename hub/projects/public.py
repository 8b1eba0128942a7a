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
from hub.numbered.public import (
    COMING,
    PartView,
    day_of,
    names_of,
    opinions_of,
    part_view,
    village_name,
)
from hub.projects.yuan import shown_yuan
from hub.security.masking import mask_party, mask_text
from schemas.projects.fold import STATE_NAMES, Project, ProjectState
from schemas.projects.money import SOURCE_NAMES
from schemas.projects.project import CLASS_NAMES, STAGE_NAMES, STAGES


@dataclass(frozen=True, slots=True)
class MoneyView:
    """An amount that was received."""

    day: str
    source: str
    donor: str
    amount: str
    note: str


@dataclass(frozen=True, slots=True)
class FundingView:
    """A source: what is planned and what has come in; an empty text is nothing."""

    source: str
    code: str
    planned: str
    raised: str


@dataclass(frozen=True, slots=True)
class PublicProject:
    """What the public page shows; `facts` are names and texts."""

    code: str
    shown_code: str
    name: str
    state: str
    summary: str
    facts: tuple[tuple[str, str], ...]
    stages: tuple[PartView, ...]
    money: tuple[MoneyView, ...]
    funding: tuple[FundingView, ...]
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
        funding=funding_of(project),
        raised=shown_yuan(project.raised),
        budget=shown_yuan(details.budget),
        reports=int(opinions["reports"]),
        settled=int(opinions["settled"]),
    )


def funding_of(project: Project) -> tuple[FundingView, ...]:
    """Return the sources with plan and receipts; empty if nothing is planned."""
    if not project.planned:
        return ()
    return tuple(
        FundingView(
            SOURCE_NAMES[item.source],
            item.source.value,
            shown_yuan(item.planned) if item.planned else "",
            shown_yuan(item.raised) if item.raised else "",
        )
        for item in project.funding
    )


def _stages(project: Project, now: datetime) -> tuple[PartView, ...]:
    spans = {span.stage: span for span in project.spans}
    first = STAGES.index(project.spans[0].stage)
    views = []
    for place, stage in enumerate(STAGES):
        span = spans.get(stage)
        if span is not None:
            stopped = project.state is ProjectState.STOPPED and span is project.present
            state, late = "已终止" if stopped else "已完成", project.days_late(now)
            views.append(part_view(STAGE_NAMES[stage], span, late, state))
        elif place < first:
            views.append(PartView(STAGE_NAMES[stage], "登记前已完成", ""))
        elif project.state is ProjectState.OPEN:
            views.append(PartView(STAGE_NAMES[stage], COMING, ""))
    return tuple(views)
