"""Reports about certificates, and tasks from above 减负示例: what the demo shows of the lists."""

import random
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from hub.lab.simulate.language.people import draw_person
from hub.lab.simulate.scenario.day import Submission
from schemas.base import BEIJING
from schemas.cases.assignment import Tier
from schemas.channel import Channel
from schemas.reports.fact import Kind
from schemas.town.lists import TaskKind
from schemas.town.register import PlaceName
from schemas.town.task import Ruling, Task, TaskRequest
from streams.town.admission import new_task
from streams.town.register import Register

CERTIFICATES = {
    3: "我家住{p}，卖房时中介非要社区开单身证明，社区说已经取消不给开，请问怎么办",
    9: "住{p}的老人领养老金，社保窗口还要居委会的健在证明，为什么不能网上认证",
    16: "孩子转学，请问{p}的租户到哪里开居住证明",
}
"""Days before the end of the history → what a citizen writes; {p} is a place."""
TASKS = (
    (40, "应急局", "清应急〔2026〕11号", "汛前安全检查", TaskKind.INSPECTION, Tier.TOWNSHIP, ""),
    (36, "民政局", "清民发〔2026〕8号", "困难群众月报", TaskKind.FORM, Tier.TOWNSHIP, ""),
    (33, "城管局", "", "市容评比台账", TaskKind.FORM, Tier.VILLAGE, ""),
    (18, "政府办", "清政办〔2026〕21号", "重点工作调度会", TaskKind.MEETING, Tier.TOWNSHIP, ""),
    (12, "卫健局", "清卫发〔2026〕15号", "爱国卫生月行动", TaskKind.CAMPAIGN, Tier.VILLAGE, ""),
    (
        8,
        "教育局",
        "清教发〔2026〕30号",
        "控辍保学入户核查",
        TaskKind.CAMPAIGN,
        Tier.VILLAGE,
        "每村经费500元",
    ),
    (5, "农业农村局", "清农发〔2026〕19号", "秋粮面积统计", TaskKind.FORM, Tier.VILLAGE, ""),
    (2, "住建局", "清建发〔2026〕27号", "物业服务调查表", TaskKind.FORM, Tier.VILLAGE, ""),
)
"""Days before the end, department, paper, title, kind, tier, resources."""
CLERK = "基层办"


def reports_about_certificates(
    places: Sequence[PlaceName], day: int, evening: datetime, seed: int
) -> list[Submission]:
    """Return the reports of the day that ends with `evening`, `day` days before the end."""
    text = CERTIFICATES.get(day)
    if text is None:
        return []
    draw = random.Random(f"{seed}/certificates/{day}")
    homes = [place for place in places if place.kind == "quarter"]
    place, at = draw.choice(homes or places), evening - timedelta(hours=draw.uniform(1, 8))
    return [
        Submission(
            matter=f"C{day}",
            channel=Channel.HOTLINE_12345,
            kind=Kind.REPORT,
            number=f"12345{at:%Y%m%d}9{day:04d}{draw.getrandbits(32):08x}",
            at=at,
            person=draw_person(draw),
            content=text.format(p=place.name),
            place=place,
            category="welfare.civil",
        )
    ]


def tasks_before(end: datetime, register: Register) -> list[Task]:
    """Return the tasks of the weeks before `end`, each checked after those before it."""
    codes = {unit.unit_type: unit.code for unit in register.units}
    tasks: list[Task] = []
    for days, department, paper, title, kind, tier, resources in TASKS:
        if department not in codes:
            continue
        at = end - timedelta(days=days)
        request = TaskRequest(
            department=codes[department],
            paper=paper,
            title=title,
            kind=kind,
            tier=tier,
            handed_on=at.astimezone(BEIJING).date(),
            resources=resources,
        )
        tasks.append(new_task(request, register, _admitted(tasks, request), CLERK, at))
    return tasks


def _admitted(tasks: Iterable[Task], request: TaskRequest) -> int:
    def line(other: TaskRequest) -> tuple[str, TaskKind, Tier, int]:
        day: date = other.handed_on
        return other.department, other.kind, other.tier, day.year

    return sum(
        task.ruling is Ruling.ADMITTED and line(task.request) == line(request) for task in tasks
    )
