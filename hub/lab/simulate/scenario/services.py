"""Service items 办件 of a simulated town: the stages that a window system tells by an evening.

The thirteen matters are the first ones of the list 高效办成一件事 (国发〔2024〕3号). Some items
are late, some stop for a correction, a few are withdrawn or opened again.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from hub.lab.simulate.language.people import Person, draw_person
from schemas.reports.service import ServiceStage
from schemas.town.register import PlaceName
from streams.case.deadline import add_working_days

LEAST = 13
"""Items of a day at least: one of each matter."""
SUBMISSIONS_OF_ITEM = 40
"""Submissions of citizens for one item."""
PERIOD_DAYS = 30
"""Items were applied for within this many days before the end."""
LATE, CORRECTED, WITHDRAWN, REOPENED = 0.15, 0.2, 0.04, 0.03
"""Shares of the items."""
FAULTY = 0.01
"""Share of records without the time of their stage, which the connector must refuse."""


class Matter(NamedTuple):
    """One 一件事: its code and name, its promise in working days, and the office."""

    code: str
    name: str
    days: int
    department: str


MATTERS = (
    Matter("YJS-01", "企业信息变更", 3, "行政审批局"),
    Matter("YJS-02", "开办运输企业", 8, "交通运输局"),
    Matter("YJS-03", "开办餐饮店", 5, "市场监督管理局"),
    Matter("YJS-04", "水电气网联合报装", 6, "住房和城乡建设局"),
    Matter("YJS-05", "信用修复", 7, "发展和改革局"),
    Matter("YJS-06", "企业上市合法合规信息核查", 5, "政府办"),
    Matter("YJS-07", "企业破产信息核查", 5, "人民法院"),
    Matter("YJS-08", "企业注销登记", 3, "市场监督管理局"),
    Matter("YJS-09", "新生儿出生", 3, "卫生健康局"),
    Matter("YJS-10", "教育入学", 10, "教育局"),
    Matter("YJS-11", "社会保障卡居民服务", 2, "人力资源和社会保障局"),
    Matter("YJS-12", "残疾人服务", 5, "残疾人联合会"),
    Matter("YJS-13", "退休", 10, "人力资源和社会保障局"),
)


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """One stage of one item, as the window system has it; `at` is None in a faulty record."""

    number: str
    matter: Matter
    person: Person
    place: PlaceName
    stage: ServiceStage
    step: int
    at: datetime | None


def draw_services(
    places: Sequence[PlaceName], seed: int, count: int, end: datetime
) -> list[ServiceRecord]:
    """Return the records of all items up to `end` beside `count` submissions, in order of time."""
    draw = random.Random(f"{seed}/services")
    records: list[tuple[datetime, ServiceRecord]] = []
    for index in range(max(LEAST, count // SUBMISSIONS_OF_ITEM)):
        matter, place = MATTERS[index % len(MATTERS)], draw.choice(places)
        applied = end - timedelta(hours=draw.uniform(1, 24 * PERIOD_DAYS))
        number = f"{place.division_code[:6]}{applied:%Y%m%d}{index:04d}{draw.getrandbits(16):04x}"
        person = draw_person(draw)
        past = [(stage, at) for stage, at in _stages(draw, matter, applied) if at <= end]
        for step, (stage, at) in enumerate(past, start=1):
            known = None if draw.random() < FAULTY else at
            record = ServiceRecord(number, matter, person, place, stage, step, known)
            records.append((at, record))
    return [record for _, record in sorted(records, key=lambda pair: (pair[0], pair[1].number))]


def _stages(
    draw: random.Random, matter: Matter, applied: datetime
) -> Iterator[tuple[ServiceStage, datetime]]:
    """Yield the stages of an item with their times, also those after the end of the day."""
    yield ServiceStage.APPLIED, applied
    at = applied + timedelta(hours=draw.uniform(0.2, 6))
    yield ServiceStage.ACCEPTED, at
    accepted = at
    if draw.random() < WITHDRAWN:
        yield ServiceStage.WITHDRAWN, at + timedelta(hours=draw.uniform(1, 30))
        return
    if draw.random() < CORRECTED:
        at += timedelta(hours=draw.uniform(2, 20))
        yield ServiceStage.CORRECTION, at
        at += timedelta(days=draw.uniform(1, 6))
        yield ServiceStage.CORRECTED, at
    at += timedelta(hours=draw.uniform(1, 12))
    yield ServiceStage.REVIEWED, at
    used = draw.randint(matter.days + 1, matter.days + 6) if draw.random() < LATE else None
    days = used or draw.randint(1, matter.days)
    at = max(at, add_working_days(accepted, days) - timedelta(hours=draw.uniform(0.5, 7)))
    yield ServiceStage.DECIDED, at
    if draw.random() < REOPENED:
        at += timedelta(hours=draw.uniform(3, 40))
        yield ServiceStage.REOPENED, at
        return
    yield ServiceStage.DELIVERED, at + timedelta(hours=draw.uniform(1, 48))
