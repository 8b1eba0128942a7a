"""Projects of the demo's villages 演示用村居项目: a dozen, at different stages, some overdue.

They are made by the same rules as those of staff, so every record is one that a hub could have. The
same seed, town and end give the same records.
"""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from hub.numbered.change import Change
from hub.projects.changes import add_money, finish_stage, register
from schemas.base import BEIJING
from schemas.numbered import Paper
from schemas.projects.fold import Project, project_of
from schemas.projects.money import MoneySource, PlannedMoney
from schemas.projects.project import STAGES, USUAL_DAYS, ProjectClass, ProjectDetails, Stage
from schemas.projects.record import ProjectRecord
from schemas.town.register import Unit
from schemas.town.town import Town

PLANS: tuple[tuple[ProjectClass, str, str, str], ...] = (
    (ProjectClass.ROAD, "{}通组路硬化", "硬化水泥路1.2公里，宽3.5米，两侧培土", "48.6万元"),
    (ProjectClass.FACILITY, "{}路灯亮化", "主路装太阳能路灯36盏", "7.2万元"),
    (ProjectClass.WATER, "{}当家塘清淤", "清淤、护坡、修涵闸", "12.5万元"),
    (ProjectClass.ENVIRONMENT, "{}污水管网接户", "接户管道620米，检查井18座", "33万元"),
    (ProjectClass.CULTURE, "{}文化广场改造", "铺地砖800平方米，装健身器材8件", "15.8万元"),
    (ProjectClass.CARE, "{}老年食堂", "旧校舍改造为食堂，每天供餐40份", "9.6万元"),
    (ProjectClass.INDUSTRY, "{}果蔬冷库", "建冷库200立方米，由合作社经营", "42万元"),
    (ProjectClass.FACILITY, "{}电动车充电棚", "建充电棚两处，充电口40个", "5.4万元"),
    (ProjectClass.ROAD, "{}停车场", "利用闲置地建车位26个", "11万元"),
    (ProjectClass.WATER, "{}自来水入户", "换管道900米，装水表64块", "18万元"),
    (ProjectClass.ENVIRONMENT, "{}垃圾分类亭", "建分类亭6座，配垃圾桶", "4.8万元"),
    (ProjectClass.CULTURE, "{}农家书屋", "整修房屋60平方米，添书架和图书", "3.6万元"),
)
"""Class, name with the place for the village, what is done, budget."""
PLANNED_TENTHS = {
    MoneySource.SUBSIDY: 4,
    MoneySource.COLLECTIVE: 3,
    MoneySource.DONATION: 3,
}
"""Tenths of the budget that are planned from each source."""
CONTRACTORS = ("清河县恒达建筑公司", "清河县绿源市政公司", "金湖镇兴农合作社")
DONORS = ("清河县商会", "清河籍企业家联谊会", "县供销社", "")
"""Organisations that donate; empty: somebody who wants no name."""
NOTES: Mapping[Stage, str] = {
    Stage.PROPOSED: "村民小组长联名提议",
    Stage.AGREED: "村民代表会议表决通过",
    Stage.APPROVED: "乡镇（街道）批复同意",
    Stage.SELECTION: "三家报价，比选后确定施工方",
    Stage.CONSTRUCTION: "完工，现场已清理",
    Stage.ACCEPTANCE: "验收小组现场验收合格",
    Stage.PUBLICATION: "收支明细已张贴七天，没有异议",
}


def draw_projects(
    town: Town, end: datetime, seed: int, pictures: Mapping[Stage, str]
) -> list[ProjectRecord]:
    """Return the records of a dozen projects up to `end`.

    `pictures` are the names of photos that prove a stage.
    """
    draw = random.Random(f"{seed}/projects")
    villages = [unit for unit in town.units if unit.tier == "village" and len(unit.area) == 12]
    names = {area.code: area.name for area in town.areas}
    records: list[ProjectRecord] = []
    for number, plan in enumerate(PLANS, 1):
        unit = villages[number % len(villages)]
        # One more stage for each project, so that all stages are there; the last ones are finished.
        done = min(number * 7 // len(PLANS), len(STAGES))
        details = _details(plan, unit, names.get(unit.area, ""), number, end.year)
        records += _life(draw, details, done, end, pictures)
    return records


def _details(
    plan: tuple[ProjectClass, str, str, str], unit: Unit, village: str, number: int, year: int
) -> ProjectDetails:
    project_class, name, summary, budget = plan
    amount = float(budget.removesuffix("万元")) * 10_000
    return ProjectDetails(
        number=f"{year}-{number:02d}",
        name=name.format(village),
        project_class=project_class,
        division_code=unit.area,
        place=f"{village}{number % 6 + 1}组",
        summary=summary,
        budget=f"{amount:.2f}",
        unit=unit.code,
    )


def _life(
    draw: random.Random,
    details: ProjectDetails,
    done: int,
    end: datetime,
    pictures: Mapping[Stage, str],
) -> list[ProjectRecord]:
    """Return the records of a project that has finished `done` stages by `end`."""
    days = [max(round(USUAL_DAYS[stage] * draw.uniform(0.5, 0.9)), 2) for stage in STAGES[:done]]
    # Every third project has been in its present stage for too long.
    present = STAGES[min(done, len(STAGES) - 1)]
    waiting = USUAL_DAYS[present] * draw.choice((0.3, 0.6, 1.5))
    at = end - timedelta(days=sum(days) + waiting)
    actor = "村委会"
    records = [register(details, actor, at, planned=_plan(details))]
    for stage, length in zip(STAGES, days, strict=False):
        at += timedelta(days=length)
        project = _project(records)
        records.append(
            finish_stage(
                project,
                Change(actor, at, project.seq),
                note=NOTES[stage],
                papers=(Paper(photo=pictures[stage], is_public=True),),
                contractor=draw.choice(CONTRACTORS) if stage is Stage.SELECTION else "",
            )
        )
        if stage in (Stage.APPROVED, Stage.AGREED, Stage.ACCEPTANCE):
            records.append(_money(draw, _project(records), stage, actor, at))
    return records


def _plan(details: ProjectDetails) -> tuple[PlannedMoney, ...]:
    """Return how a project is to be paid: by subsidy, by the village, and by donations."""
    tenth = Decimal(details.budget) / 10
    return tuple(
        PlannedMoney(source=source, amount=f"{tenth * tenths:.2f}")
        for source, tenths in PLANNED_TENTHS.items()
    )


def _money(
    draw: random.Random, project: Project, stage: Stage, actor: str, at: datetime
) -> ProjectRecord:
    change = Change(actor, at + timedelta(hours=draw.uniform(1, 20)), project.seq)
    share = float(project.details.budget) * draw.uniform(0.15, 0.4)
    amount = f"{share:.0f}"
    if stage is Stage.APPROVED:
        return add_money(project, change, MoneySource.COLLECTIVE, amount)
    if stage is Stage.ACCEPTANCE:
        return add_money(project, change, MoneySource.SUBSIDY, amount, note="验收合格后拨付")
    donor = draw.choice(DONORS)
    return add_money(
        project, change, MoneySource.DONATION, amount, donor=donor, anonymous=not donor
    )


def _project(records: list[ProjectRecord]) -> Project:
    project = project_of(records)
    if project is None:
        raise ValueError(f"the first of {len(records)} records registers no project")
    return project


def day_of_pictures(end: datetime) -> str:
    """Return the sub-folder of the photos of these projects."""
    return str(end.astimezone(BEIJING).date())
