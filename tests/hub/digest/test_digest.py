"""The daily digest against the real engine: its numbers, and no personal data."""

from datetime import timedelta
from typing import Any

import pytest

from hub.digest.conclusions import FLOOD
from hub.digest.daily import daily
from hub.digest.forms.write import html, markdown, pdf
from hub.digest.pages import Pages
from hub.digest.queries import Day
from hub.digest.special import NoDigestError, of_case
from hub.store.client import Store
from hub.store.registers import store_registers
from schemas.base import BEIJING
from schemas.cases.case import Move
from schemas.town.patrol import Patrols
from tests.builders.town import TOWN
from tests.hub.digest.past import DAY, LATER, SECRET, Past, rows_of, section
from tests.hub.publish.expected_duties import midnight


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
