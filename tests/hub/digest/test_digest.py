"""The digest against the real engine: its numbers, no personal data, the same in three forms."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hub.cli.main import cli
from hub.digest.conclusions import FLOOD
from hub.digest.daily import daily
from hub.digest.document import (
    Cell,
    Conclusion,
    Document,
    Link,
    Map,
    Region,
    Section,
    Sparkline,
    Table,
)
from hub.digest.forms.pictures import blocks
from hub.digest.forms.write import html, markdown, pdf, write
from hub.digest.pages import Pages
from hub.digest.queries import Day
from hub.digest.special import NoDigestError, codes_of, of_case, of_matter
from hub.store.client import Store
from hub.store.registers import store_registers
from schemas.base import BEIJING
from schemas.cases.case import Move
from schemas.channel import Channel
from schemas.reports.event import UnifiedEvent
from schemas.reports.fact import Kind
from schemas.topic import CASES, DISPOSITIONS, EVENTS
from schemas.town.patrol import Does, Every, Patrols, Plan
from streams.case.deadline import is_working_day
from streams.case.state import PartitionState
from streams.steps import command as follow
from streams.steps import event as receive
from streams.steps import time as clock
from tests.builders.commands import command
from tests.builders.stored import keep
from tests.builders.town import REGISTER, TOWN, event
from tests.hub.publish.expected_duties import midnight

DAY = date(2026, 3, 27)
"""A Friday, seven weeks after the spring festival."""
LATER = Day(DAY, datetime(2026, 4, 2, 8, tzinfo=BEIJING))
SECRET = "王秀英打来电话说丈夫的病情"
WORDS = {
    "environment.water": "幸福小区旁边的河水发黑发臭",
    "facility.streetlight": "幸福小区门口的路灯不亮",
    "order.parking": "幸福小区门口乱停车",
    "market.food": "幸福小区超市卖过期食品",
}


class Past:
    """The reports and commands of eight weeks, as the topics have them."""

    def __init__(self) -> None:
        self.state, self.number = PartitionState(), 0
        self.entries: list[Any] = []
        self.events: list[Any] = []
        self.dispositions: list[Any] = []

    def add_report(self, day: date, category: str, hour: float = 9, **more: Any) -> UnifiedEvent:
        """Add a report of a person on a day."""
        self.number += 1
        changes = {name: more.pop(name) for name in ("confidential", "content") if name in more}
        document = event(
            more.pop("name_of", f"n{self.number}"),
            category=category,
            name="幸福小区",
            reporter=more.pop("reporter", f"r{self.number}"),
            content=changes.get("content", WORDS[category] + str(self.number)),
            **more,
        )
        at = midnight(day) + timedelta(hours=hour)
        document = document.model_copy(
            update={
                "received_at": at,
                "occurred_at": at,
                **changes,
            }
        )
        self.events.append(document)
        for effects in clock.step(self.state, REGISTER, at):
            self.entries += effects.case_events
        self.take(receive.step(self.state, document, REGISTER))
        return document

    def take(self, effects: Any) -> None:
        """Keep the effects of a step."""
        self.state.apply(effects)
        self.entries += effects.case_events
        if effects.disposition is not None:
            self.dispositions.append(effects.disposition)

    def move(
        self, document: UnifiedEvent, move: Move, day: date, hour: float = 10, **more: Any
    ) -> None:
        """Move the case of a report by a command."""
        case = self.state.case_of(document.channel, document.native_id)
        assert case is not None
        at = midnight(day) + timedelta(hours=hour)
        effects = follow.step(self.state, command(case, move, **more), REGISTER, at)
        assert effects.case_events, effects.outcome
        self.take(effects)

    def keep(self, store: Store) -> None:
        """Store it; a third of it twice."""
        for topic, bodies in (
            (CASES.name, self.entries),
            (EVENTS.name, self.events),
            (DISPOSITIONS.name, self.dispositions),
        ):
            keep(store, topic, *bodies)
            keep(store, topic, *bodies[::3])


def add_history(past: Past) -> None:
    """Add eight weeks in which a parking complaint comes every working day."""
    for back in range(56, 0, -1):
        day = DAY - timedelta(days=back)
        if is_working_day(day):
            past.add_report(day, "order.parking", grid="G2")


@pytest.fixture
def filled(store: Store) -> tuple[Store, Past]:
    """Return the store after a day with many events."""
    plan = Plan(id="daily", name="每日巡查", does=Does.CHECK, every=Every.DAY, since=DAY, until=DAY)
    store_registers(store, TOWN, Patrols((), (), (plan,), ()), LATER.now)
    past = Past()
    add_history(past)
    late = past.add_report(DAY - timedelta(days=12), "facility.streetlight")
    past.move(late, Move.ACCEPT, DAY - timedelta(days=12))
    past.add_report(DAY, "order.parking", grid="G2")
    for number in range(7):
        channel = Channel.WECHAT_OFFICIAL if number % 2 else Channel.HOTLINE_12345
        words = "河水发黑发臭" if number else "河水臭"
        past.add_report(DAY, "environment.water", 9 + number / 10, content=words, channel=channel)
    for _ in range(FLOOD):
        past.add_report(DAY, "market.food", hour=11, reporter="angry", content="超市卖过期食品")
    past.add_report(DAY, "facility.streetlight", hour=12, confidential=True, content=SECRET)
    past.add_report(
        DAY,
        "facility.streetlight",
        hour=13,
        kind=Kind.FOLLOW_UP,
        parent=late.native_id,
        reporter="r-late",
        content="催一下",
    )
    checked = event("p1", channel=Channel.GRID_PATROL, kind=Kind.PATROL_CHECK)
    at = midnight(DAY) + timedelta(hours=8)
    past.events.append(checked.model_copy(update={"occurred_at": at, "received_at": at}))
    # Later events do not change the figures of the day.
    past.add_report(DAY + timedelta(days=1), "environment.water", reporter="angry")
    past.move(late, Move.RESOLVE, DAY + timedelta(days=3), reason="修好了")
    past.keep(store)
    return store, past


def section(document: Document, title: str) -> Section:
    """Return the section of a title."""
    return next(item for item in document.sections if title in item.title)


def shown(cell: Cell) -> str:
    """Return what a reader sees of a cell."""
    if isinstance(cell, Sparkline):
        return blocks(cell)
    return cell.text if isinstance(cell, Link) else cell


def rows_of(document: Document, title: str) -> list[tuple[str, ...]]:
    """Return the rows of a section's table as they are read."""
    table = section(document, title).table
    assert table is not None
    return [tuple(map(shown, row)) for row in table.rows]


def test_a_digest_shows_the_day_as_it_ended(filled: tuple[Store, Past]) -> None:
    """People, cases, open and overdue cases are those of that day, without later changes."""
    store, past = filled
    document = daily(store.named, LATER)
    words = section(document, "总体情况").words
    # One for parking, seven for the water, one flood of one person, one confidential.
    assert words[0].startswith("当日10人反映，平时（同类日中位数）1人。")
    opened = {
        entry.case_id
        for entry in past.entries
        if entry.move is Move.OPEN and entry.at.astimezone(BEIJING).date() == DAY
    }
    assert f"立案{len(opened)}件" in words[0]
    assert "催办1次" in words[0]
    ended = midnight(DAY + timedelta(days=1))
    last: dict[Any, Any] = {}
    for entry in past.entries:
        if entry.at < ended and entry.seq >= getattr(last.get(entry.case_id), "seq", 0):
            last[entry.case_id] = entry
    still = [
        e
        for e in last.values()
        if str(e.state) in ("received", "triage", "assigned", "accepted", "handling", "suspended")
    ]
    overdue = [entry for entry in still if entry.case.due_at < ended]
    assert words[1].startswith(f"日终在办{len(still)}件，其中超期{len(overdue)}件")
    (unit,) = [row for row in rows_of(document, "超期未结") if row[0] == "城管所"]
    assert unit[2] == "1"
    assert ("12345政务服务便民热线", "26", "1", "27") in rows_of(document, "总体情况")
    assert rows_of(document, "巡查走访") == [("每日巡查", "2", "1", "1", "50.0%")]


def test_rises_are_listed_and_usual_levels_are_not(filled: tuple[Store, Past]) -> None:
    """Seven people with water complaints are listed; many reports of one caller count as one."""
    store, _ = filled
    document = daily(store.named, LATER)
    (risen,) = rows_of(document, "突增事项")
    assert risen[:3] == ("镇", "水体污染", "7")
    assert risen[5].endswith("▁▁█")
    (again,) = rows_of(document, "反复诉求")
    assert again[:3] == ("诉求人1", str(FLOOD), str(FLOOD))
    assert again[4] == "食品安全"
    assert "刷件" in again[7]
    (place,) = rows_of(document, "多类问题")
    assert place[:3] == ("幸福小区", "一网格", "3")


def test_clusters_are_cases_with_reports_of_the_day(filled: tuple[Store, Past]) -> None:
    """Merged reports of one matter are a cluster, with the number of its case."""
    store, past = filled
    rows = rows_of(daily(store.named, LATER), "集中反映")
    sizes = {case.number: len(case.reports) for case in past.state.cases.values()}
    assert rows
    assert all(row[1] == str(sizes[row[7]]) and int(row[1]) >= 3 for row in rows)
    assert all(len(row[4]) <= 42 for row in rows)


def test_a_digest_names_no_person(filled: tuple[Store, Past]) -> None:
    """A digest has neither keys of people nor the text of a confidential case, in any format."""
    store, past = filled
    document = daily(store.named, LATER)
    for text in (markdown(document), html(document)):
        assert SECRET not in text
        assert SECRET[:6] not in text
        assert "angry" not in text
    secret = next(case for case in past.state.cases.values() if case.confidential)
    with pytest.raises(NoDigestError, match="confidential"):
        of_case(store.named, LATER, str(secret.case_id))


def test_conclusions_come_first_with_what_to_do_and_who(filled: tuple[Store, Past]) -> None:
    """Rises, clusters, late cases and repeats are stated with their number, advice and unit."""
    store, _ = filled
    first, *others = daily(store.named, LATER).conclusions
    assert first.fact == "镇水体污染当日7人反映，平时很少有。"
    assert first.advice.startswith("当日到现场核实")
    assert first.responsible == "待明确承办单位"
    texts = "".join(each.fact for each in others)
    assert "件诉求反映同一事项" in texts
    assert "最久已超期" in texts
    assert f"一人当日反映{FLOOD}次" in texts


def test_every_page_behind_a_number_is_below_the_address_of_the_hub(
    filled: tuple[Store, Past],
) -> None:
    """With the address of the hub numbers are links; without it nothing looks like one."""
    store, _ = filled
    base = "https://hub.example/county"
    linked = daily(store.named, LATER, Pages(base))
    texts = markdown(linked), html(linked)
    for text in texts:
        assert f"{base}/work/digest/{DAY}/overdue" in text
        assert f"{base}/cases/" in text
        assert "SELECT" not in text
    assert texts[1].count('alt="明细页面的二维码"') >= 2
    plain = daily(store.named, LATER)
    assert "](http" not in markdown(plain)
    assert "<a href" not in html(plain)


def test_a_map_and_lines_stand_in_all_forms(filled: tuple[Store, Past]) -> None:
    """Townships are shaded by the people of the day."""
    store, _ = filled
    square = (((0.0, 30.0), (1.0, 30.0), (1.0, 31.0), (0.0, 30.0)),)
    document = daily(store.named, LATER, shapes={"421299001": square})
    chart = section(document, "总体情况").map
    assert chart is not None
    assert chart.regions == (Region("镇", 10, square),)
    assert "各乡镇街道当日反映人数" in html(document)
    assert pdf(document).startswith(b"%PDF-")


def test_the_digest_of_an_unfinished_day_says_so(filled: tuple[Store, Past]) -> None:
    """The digest of an unfinished day ends at the present time."""
    store, _ = filled
    document = daily(store.named, Day(DAY, midnight(DAY) + timedelta(hours=10, minutes=30)))
    assert "数据截至10:30" in document.subtitle
    assert section(document, "总体情况").words[0].startswith("当日8人反映")
    assert rows_of(document, "反复诉求") == []


def test_without_a_past_nothing_is_called_usual(store: Store) -> None:
    """A hub of one day states that it cannot recognise a rise; an empty hub counts no people."""
    store_registers(store, TOWN, Patrols((), (), (), ()), LATER.now)
    empty = daily(store.named, LATER)
    assert [each.fact for each in empty.conclusions] == [
        "当日没有收到群众反映，无突增、无集中反映、无超期事项。"
    ]
    assert pdf(empty).startswith(b"%PDF-")
    assert "当日0人反映，此前无数据可比" in section(empty, "总体情况").words[0]
    past = Past()
    for number in range(9):
        past.add_report(DAY, "environment.water", hour=9 + number / 10)
    past.keep(store)
    document = daily(store.named, LATER)
    assert rows_of(document, "突增事项") == []
    assert "尚不能判断突增" in section(document, "突增事项").words[0]
    assert section(document, "总体情况").plot is None
    assert all(figure.trend == () for figure in document.figures)
    assert "没有超期" in section(document, "超期未结").empty


def test_a_case_has_a_digest_of_its_own(filled: tuple[Store, Past]) -> None:
    """It has the reports, the entries in order, and similar cases in the grid."""
    store, past = filled
    case = max(past.state.cases.values(), key=lambda item: len(item.reports))
    document = of_case(store.named, LATER, str(case.case_id))
    assert len(rows_of(document, "反映情况")) == len(case.reports)
    assert len(rows_of(document, "办理过程")) == case.seq
    assert dict(rows_of(document, "概况"))["诉求"].startswith(f"{len(case.reports)}件")
    with pytest.raises(NoDigestError, match="no case"):
        of_case(store.named, LATER, "00000000-0000-0000-0000-000000000000")


def test_a_matter_has_a_digest_of_its_own(filled: tuple[Store, Past]) -> None:
    """A matter is a leaf, a family, a Chinese name, or words; unknown words are reported."""
    store, past = filled
    assert codes_of("environment.water") == codes_of("水体污染") == ["environment.water"]
    assert set(codes_of("market")) == set(codes_of("market.*")) > {"market.food"}
    by_code = of_matter(store.named, LATER, "水体污染")
    assert section(by_code, "总体趋势").words == ("共7件诉求。",)
    by_words = of_matter(store.named, LATER, "河水")
    assert section(by_words, "总体趋势").words == ("共7件诉求。",)
    whole = of_matter(store.named, LATER, "facility")
    (settled,) = rows_of(whole, "办结情况") or [()]
    assert settled == ()
    after = of_matter(store.named, Day(DAY + timedelta(days=5), LATER.now), "facility")
    ((unit, cases, *_),) = rows_of(after, "办结情况")
    assert (unit, cases) == ("城管所", "1")
    ((where, reports, *_),) = rows_of(by_code, "分布")
    assert (where, reports) == ("镇", "7")
    assert len({case.case_id for case in past.state.cases.values()}) > 3
    with pytest.raises(NoDigestError, match="nobody reported"):
        of_matter(store.named, LATER, "飞碟")


HOSTILE = "<script>alert(1)</script> | [点我](javascript:x) # * \n`x` &amp;"


def test_citizens_texts_are_escaped_in_every_form(tmp_path: Path) -> None:
    """No HTML, links, markup or broken tables; all three forms are written."""
    table = Table(("内容", "数"), ((HOSTILE, "1"),))
    document = Document(
        "digest-x",
        HOSTILE,
        "副题",
        (Section("一", (HOSTILE,), table, map=Map("map", HOSTILE, (Region(HOSTILE, 1, ()),))),),
        conclusions=(Conclusion(HOSTILE, HOSTILE, HOSTILE, "https://hub.example/?a=1&b='2'"),),
    )
    page = html(document)
    assert "<script>alert" not in page
    text = markdown(document)
    assert "[点我](" not in text
    (line,) = [line for line in text.splitlines() if line.startswith("| \\<script")]
    assert len(re.findall(r"(?<!\\)\|", line)) == 3
    assert pdf(document).startswith(b"%PDF-")
    assert pdf(document) == pdf(document)
    assert {path.suffix for path in write(document, tmp_path, ("md", "html", "pdf"))} == {
        ".md",
        ".html",
        ".pdf",
        ".svg",
    }


def test_the_command_line_writes_files(
    filled: tuple[Store, Past], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Plots lie next to the Markdown; a future day, and an id that is no case, are refused."""
    store, past = filled

    class Reading:
        rows = staticmethod(store.named)

        def __init__(self, _: Any) -> None:
            """Read the test's store."""

        def close(self) -> None:
            """Close nothing."""

    monkeypatch.setattr("hub.admin.ask.Reader", Reading)
    out = ["--out", str(tmp_path)]
    done = CliRunner().invoke(cli, ["digest", "--day", str(DAY), *out])
    assert done.exit_code == 0, done.output
    names = {path.name for path in tmp_path.iterdir()}
    assert {f"digest-{DAY}.{form}" for form in ("md", "html", "pdf")} <= names
    text = (tmp_path / f"digest-{DAY}.md").read_text(encoding="utf-8")
    images = re.findall(r"\]\((\S+\.svg)\)", text)
    assert images
    assert set(images) <= names
    case = next(item for item in past.state.cases.values() if not item.confidential)
    for words, expected in (
        (["--day", "2198-01-01"], "has not come"),
        (["--case", "x"], "nor a case id"),
        (["--matter", "飞碟"], "nobody reported"),
        (["--case", str(case.case_id)], ".html"),
    ):
        assert expected in CliRunner().invoke(cli, ["digest", *words, *out]).output
