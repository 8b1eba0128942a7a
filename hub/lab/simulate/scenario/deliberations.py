"""Deliberations of the demo's villages 演示用议事: a dozen, at different steps, some overdue.

They are made by the same rules as those of staff, so every record is one that a hub could have. A
topic comes from the case of its kind that most people reported, if there is one, and some lead to a
project. The same seed, town, cases and end give the same records.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from hub.deliberations.changes import answer, link, object_to, register
from hub.deliberations.steps import (
    call_meeting,
    carry_out,
    decide,
    finish,
    hold_meeting,
    publish,
)
from hub.numbered.change import Change
from schemas.base import BEIJING
from schemas.cases.case import Case
from schemas.deliberation.fold import Deliberation, deliberation_of
from schemas.deliberation.meeting import Attendance, Call, Caller, MeetingKind, Votes
from schemas.deliberation.record import Decision, DeliberationRecord, Publication, Result
from schemas.deliberation.topic import STEPS, USUAL_DAYS, DeliberationDetails, Step
from schemas.numbered import Paper
from schemas.projects.record import ProjectRecord
from schemas.town.register import Unit
from schemas.town.town import Town

TOPICS: tuple[tuple[str, str, str, str], ...] = (
    ("order.parking", "{}停车位怎么划", "主路两侧划线还是改造空地", "主路单侧划线，空地建车位26个"),
    ("environment.garbage", "{}垃圾投放点迁移", "离住户太近，迁到哪里", "迁到东侧围墙外，加盖棚亭"),
    ("housing.lift", "{}加装电梯", "费用怎么分摊，一层住户怎么补偿", "按楼层系数分摊，一层不出资"),
    ("facility.streetlight", "{}路灯装在哪里", "36盏路灯先装哪几段", "先装学校到村口一段"),
    ("housing.property", "{}物业续聘", "合同到期，续聘还是另选", "公开选聘，新合同写明考核"),
    ("order.pets", "{}文明养犬公约", "遛犬时段和拴绳，违约怎么办", "通过公约，由楼栋长劝导"),
    ("farming.water", "{}当家塘谁来管", "放水顺序和清淤费用", "各组轮流值守，清淤费集体出"),
    ("environment.noise", "{}广场舞时间", "几点开始几点结束", "十九点到二十点半，音箱两只"),
    ("facility.road", "{}通组路用地", "拓宽要占三户菜地，怎么补", "集体用地置换，青苗费一次付清"),
    ("facility.water", "{}自来水入户怎么出资", "主管谁出，每户出多少", "主管集体出，每户出三百元"),
    ("environment.garbage", "{}分类亭放在哪里", "六座分类亭的位置", "每组一座，离住户十米以上"),
    ("education.culture", "{}农家书屋谁来管", "开门时间和管理员", "周末开门，退休教师轮流管"),
)
"""Category, title with the place for the village, what is decided, resolution."""
LENGTHS: Mapping[Step, tuple[int, int]] = {
    Step.TOPIC: (3, 12),
    Step.CALL: (2, 6),
    Step.MEETING: (1, 3),
    Step.DECISION: (1, 2),
    Step.PUBLICATION: (8, 9),
    Step.CARRYING_OUT: (15, 45),
}
"""Days that each step takes, from and to."""
REJECTED, WITHOUT_QUORUM = frozenset({8}), frozenset({5, 11})
"""Numbers of topics whose meeting says no, and of those whose first meeting is too small."""
FIRST_WITH_PROJECT = 10
"""Number of the first topic that is about the project of its village."""
ACTOR = "村（社区）两委"
MINUTES, BOARD = "minutes", "board"
"""What the pictures show."""


@dataclass(frozen=True, slots=True)
class _Meeting:
    """How many may vote, come, and are in favour."""

    kind: MeetingKind
    entitled: int
    attended: int
    in_favour: int


def draw_deliberations(
    town: Town,
    end: datetime,
    seed: int,
    pictures: Mapping[str, str],
    *,
    cases: Iterable[Case] = (),
    projects: Sequence[ProjectRecord] = (),
) -> list[DeliberationRecord]:
    """Return the records of a dozen deliberations up to `end`.

    `pictures` are the names of photos of `MINUTES` and of the `BOARD`.
    """
    draw = random.Random(f"{seed}/deliberations")
    villages = [unit for unit in town.units if unit.tier == "village" and len(unit.area) == 12]
    names = {area.code: area.name for area in town.areas}
    hottest, founded = _hottest(cases, villages), _projects(projects)
    records: list[DeliberationRecord] = []
    for number, topic in enumerate(TOPICS, 1):
        unit, case = villages[number % len(villages)], None
        if topic[0] in hottest and number < FIRST_WITH_PROJECT:
            unit, case = hottest.pop(topic[0])
        village = names.get(unit.area, "")
        details = _details(topic, unit, village, number, end.year, case)
        life = _Life(draw, details, village, number, topic[3], pictures)
        done = min(number * len(STEPS) // len(TOPICS), len(STEPS))
        records += life.up_to(done, end, founded.get(unit.area, ""))
    return records


def _hottest(cases: Iterable[Case], villages: Sequence[Unit]) -> dict[str, tuple[Unit, UUID]]:
    """Return the case of each category that most people reported, with its village."""
    units = {unit.area: unit for unit in villages}
    most: dict[str, Case] = {}
    for case in cases:
        is_public = not case.confidential and case.merged_into is None
        if not is_public or case.division_code not in units:
            continue
        known = most.get(case.category)
        if known is None or case.report_count > known.report_count:
            most[case.category] = case
    return {name: (units[case.division_code], case.case_id) for name, case in most.items()}


def _projects(records: Sequence[ProjectRecord]) -> dict[str, str]:
    """Return a project of each village that has one."""
    return {record.division_code: record.code for record in records}


def _details(
    topic: tuple[str, str, str, str],
    unit: Unit,
    village: str,
    number: int,
    year: int,
    case: UUID | None,
) -> DeliberationDetails:
    _, title, summary, _ = topic
    return DeliberationDetails(
        number=f"议{year}-{number:02d}",
        title=title.format(village),
        division_code=unit.area,
        place=village,
        summary=summary,
        unit=unit.code,
        cases=(case,) if case else (),
    )


class _Life:
    """The life of one deliberation."""

    def __init__(
        self,
        draw: random.Random,
        details: DeliberationDetails,
        village: str,
        number: int,
        resolution: str,
        pictures: Mapping[str, str],
    ) -> None:
        self._draw, self._details, self._number = draw, details, number
        self._resolution, self._pictures = resolution, pictures
        self._records: list[DeliberationRecord] = []
        is_quarter = village.endswith("社区")
        kind = MeetingKind.RESIDENTS if is_quarter else MeetingKind.REPRESENTATIVES
        entitled = draw.randint(36, 60)
        attended = round(entitled * draw.uniform(0.7, 0.95))
        share = draw.uniform(0.2, 0.4) if number in REJECTED else draw.uniform(0.6, 0.95)
        self._meeting = _Meeting(kind, entitled, attended, round(attended * share))

    def up_to(self, done: int, end: datetime, project: str) -> list[DeliberationRecord]:
        """Return its records if it has finished `done` steps by `end`."""
        lengths = {step: self._draw.randint(*LENGTHS[step]) for step in STEPS}
        # Every third one has been at its present step for too long.
        present = STEPS[min(done, len(STEPS) - 1)]
        share = self._draw.choice((0.3, 0.6, 1.5))
        waiting = USUAL_DAYS[present] * share if done < len(STEPS) else 3
        before = 14 if self._number in WITHOUT_QUORUM and done > 1 else 0
        days = before + waiting + sum(lengths[step] for step in STEPS[:done])
        at = end - timedelta(days=days, hours=1)
        self._records.append(register(self._details, ACTOR, at))
        if before:
            at = self._too_few(at)
        for step in STEPS[:done]:
            at += timedelta(days=lengths[step])
            self._leave(step, at, lengths)
        if done > STEPS.index(Step.PUBLICATION) and project:
            self._add(link(self._item, self._by(at), project=project))
        return self._records

    def _too_few(self, at: datetime) -> datetime:
        """Add a first meeting that has no quorum, and return when it was."""
        at += timedelta(days=5)
        self._call(at, 4)
        at += timedelta(days=4)
        self._hold(at, round(self._meeting.entitled * 0.4))
        at += timedelta(days=1)
        vote = Decision(decided_on=_day(at), result=Result.POSTPONED)
        note = "到会人数不足，改在周末晚上再开"
        self._add(decide(self._item, self._by(at), vote, note=note, papers=self._papers(MINUTES)))
        return at

    def _leave(self, step: Step, at: datetime, lengths: Mapping[Step, int]) -> None:
        by, item = self._by(at), self._item
        match step:
            case Step.TOPIC:
                self._call(at, lengths[Step.CALL])
            case Step.CALL:
                self._hold(at, self._meeting.attended)
            case Step.MEETING:
                papers = self._papers(MINUTES)
                self._add(decide(item, by, self._decision(_day(at)), papers=papers))
            case Step.DECISION:
                until = _day(at) + timedelta(days=6)
                shown = Publication(since=_day(at), until=until, where="公开栏和居民群")
                self._add(publish(item, by, shown, papers=self._papers(BOARD)))
                self._objection(at)
            case Step.PUBLICATION if item.result is Result.REJECTED:
                self._add(finish(item, by, "没有通过，维持现状，半年后可以再议"))
            case Step.PUBLICATION:
                self._add(carry_out(item, by, self._details.unit, note="已列入本月工作"))
            case Step.CARRYING_OUT if item.result is Result.ADOPTED:
                self._add(finish(item, by, f"已落实：{self._resolution}", self._papers(BOARD)))
            case _:
                pass

    def _call(self, at: datetime, days: int) -> None:
        call = Call(
            kind=self._meeting.kind,
            caller=Caller.COMMITTEE,
            noticed_on=_day(at),
            day=_day(at) + timedelta(days=days),
            hour="19:30",
            place="党群服务中心会议室",
            entitled=self._meeting.entitled,
        )
        note = "两委商议后提交会议"
        self._add(call_meeting(self._item, self._by(at), call, note=note))

    def _hold(self, at: datetime, attended: int) -> None:
        came = Attendance(day=_day(at), entitled=self._meeting.entitled, attended=attended)
        self._add(hold_meeting(self._item, self._by(at), came))

    def _decision(self, day: date) -> Decision:
        meeting = self._meeting
        against = (meeting.attended - meeting.in_favour) * 2 // 3
        votes = Votes(
            in_favour=meeting.in_favour,
            against=against,
            abstained=meeting.attended - meeting.in_favour - against,
        )
        is_adopted = 2 * meeting.in_favour > meeting.attended
        result = Result.ADOPTED if is_adopted else Result.REJECTED
        text = self._resolution if is_adopted else f"不采用“{self._resolution}”的办法"
        return Decision(decided_on=day, votes=votes, result=result, text=text)

    def _objection(self, at: datetime) -> None:
        """Add an objection to every third decision, and its answer."""
        if self._number % 3:
            return
        at += timedelta(days=2)
        self._add(object_to(self._item, self._by(at), "通知的时候没有说清楚费用"))
        seq = self._records[-1].seq
        at += timedelta(days=1)
        self._add(answer(self._item, self._by(at), seq, "费用明细已补贴在公开栏，另在群里说明"))

    def _papers(self, what: str) -> tuple[Paper, ...]:
        return (Paper(photo=self._pictures[what], is_public=what == BOARD),)

    def _by(self, at: datetime) -> Change:
        return Change(ACTOR, at, self._item.seq)

    def _add(self, record: DeliberationRecord) -> None:
        self._records.append(record)

    @property
    def _item(self) -> Deliberation:
        item = deliberation_of(self._records)
        if item is None:
            raise ValueError(f"the first of {len(self._records)} records is no topic")
        return item


def _day(at: datetime) -> date:
    return at.astimezone(BEIJING).date()
