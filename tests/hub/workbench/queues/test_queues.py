"""The queues: which cases are in them, in which order, and how they page."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.accounts.permissions import scope_of
from hub.accounts.session import Viewer
from hub.accounts.staff import OFFICE_ROLES, StaffRole
from hub.store.client import Store
from hub.store.json_rows import json_rows
from hub.workbench.queues.catalogue import BY_CODE, FIRST, QUEUES, queues_of
from hub.workbench.queues.http import PAGE_ROWS
from hub.workbench.queues.query import SORTS, PageKey, count_query, keys_query, parse_key
from schemas.cases.case import OPEN_STATES, Case
from streams.case.authority import lead_unit
from tests.builders.town import REGISTER
from tests.hub.workbench.site import Site, serve

CITY = Viewer("张主任", StaffRole.CITY)
ALL = scope_of(CITY, REGISTER)


def ids_of(store: Store, code: str, viewer: Viewer, **more: str) -> list[str]:
    """Return the ids of a queue in order."""
    scope = scope_of(viewer, REGISTER)
    sql, parameters = keys_query(BY_CODE[code], scope, more, size=1000)
    return [row["case_id"] for row in json_rows(store, sql, parameters)]


@pytest.mark.parametrize("role", sorted(OFFICE_ROLES))
def test_every_open_case_is_in_a_queue(store: Store, cases: list[Case], role: StaffRole) -> None:
    """For each role, the queues together have all open cases that its members may see."""
    viewer = Viewer("某人", role, {StaffRole.UNIT: "U-T", StaffRole.TOWNSHIP: "U-T"}.get(role, ""))
    queues = [queue for queue in queues_of(role) if queue.code != "open"]
    covered = {case_id for queue in queues for case_id in ids_of(store, queue.code, viewer)}
    whole = set(ids_of(store, "open", viewer))
    now = datetime.now(UTC)
    for case in cases:
        mine = role is not StaffRole.UNIT or lead_unit(case) == "U-T"
        in_area = role is not StaffRole.TOWNSHIP or case.division_code.startswith("421299001")
        if case.state in OPEN_STATES and mine and in_area:
            assert str(case.case_id) in whole
            waits = case.state in ("received", "triage") or role is StaffRole.UNIT
            late = case.due_at is not None and case.due_at < now
            assert not (waits or late) or role is StaffRole.AUDITOR or str(case.case_id) in covered


def test_counts_are_the_lengths_of_the_queues(store: Store, cases: list[Case]) -> None:
    """The number in the navigation is that of the list behind it."""
    assert cases
    for viewer in (CITY, Viewer("所长", StaffRole.UNIT, "U-T")):
        sql, parameters = count_query(queues_of(viewer.role), scope_of(viewer, REGISTER))
        (counts,) = json_rows(store, sql, parameters)
        lengths = {q.code: len(ids_of(store, q.code, viewer)) for q in queues_of(viewer.role)}
        assert {code: int(count) for code, count in counts.items()} == lengths
        assert lengths["open"] > 0


@pytest.mark.parametrize("sort", SORTS)
def test_pages_by_key_have_every_case_once(store: Store, cases: list[Case], sort: str) -> None:
    """Pages of three cases, each after the last key, have the same order as the whole list."""
    whole_sql, parameters = keys_query(BY_CODE["open"], ALL, {}, sort=sort, size=1000)
    whole = [row["case_id"] for row in json_rows(store, whole_sql, parameters)]
    paged: list[str] = []
    after: PageKey | None = None
    while True:
        sql, parameters = keys_query(BY_CODE["open"], ALL, {}, sort=sort, after=after, size=3)
        rows = json_rows(store, sql, parameters)
        paged += [row["case_id"] for row in rows[:3]]
        if len(rows) <= 3:
            break
        after = parse_key(str(PageKey.of(rows[2])))
        assert after is not None
    assert paged == whole
    assert len(whole) == len([case for case in cases if case.state in OPEN_STATES])


def test_what_is_worth_doing_first_is_first(store: Store, cases: list[Case]) -> None:
    """Urgent cases come first, then red cards, then late ones, each by their deadline."""
    assert cases
    sql, parameters = keys_query(BY_CODE["open"], ALL, {}, size=1000)
    rows = json_rows(store, sql, parameters)
    keys = [(int(row["first"]), int(row["second"])) for row in rows]
    assert keys == sorted(keys)
    assert len({first for first, _ in keys}) > 1
    urgent = ids_of(store, "urgent", CITY)
    assert {row["case_id"] for row in rows if int(row["first"]) == 0} == set(urgent)


def test_a_queue_page_lists_its_cases(store: Store, cases: list[Case], tmp_path: Path) -> None:
    """The page has a row for each case, its count in the navigation, and no other unit's case."""

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        assert await site.redirect("/work") == f"/work/queues/{FIRST[StaffRole.CITY]}"
        page = await site.page("/work/queues/open")
        listed = re.findall(r'data-item="([0-9a-f-]{36})"', page)
        assert listed == ids_of(store, "open", CITY)[:PAGE_ROWS]
        live = await (await site.client.get("/work/live")).json()
        assert live["queues"]["open"] == len(ids_of(store, "open", CITY))
        await site.log_in("所长", StaffRole.UNIT, "U-T")
        mine = Viewer("所长", StaffRole.UNIT, "U-T")
        page = await site.page("/work/queues/open")
        assert re.findall(r'data-item="([0-9a-f-]{36})"', page) == ids_of(store, "open", mine)
        await site.page("/work/queues/triage", 403)

    assert cases
    serve(store, tmp_path, talk)


def test_filters_narrow_the_list(store: Store, cases: list[Case], tmp_path: Path) -> None:
    """Filters combine; a confidential case is found by none of its words and shows none."""
    assert cases

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        page = await site.page("/work/queues/open?words=路灯&unit=U-T")
        listed = re.findall(r'data-item="([0-9a-f-]{36})"', page)
        lamps = {str(c.case_id) for c in cases if "路灯" in c.content and lead_unit(c) == "U-T"}
        assert set(listed) <= lamps
        assert listed
        assert "举报人" not in await site.page("/work/queues/open")
        empty = await site.page("/work/queues/open?words=没有这样的词")
        assert "没有符合筛选的事项" in empty

    serve(store, tmp_path, talk)


@pytest.mark.parametrize(
    "query",
    [
        "sort=none",
        "after=1.2",
        f"after=1.1.{'-' * 36}",
        "columns=case_id",
        "colour=red",
        "words=a&words=b",
    ],
)
def test_a_misspelt_query_is_refused(store: Store, tmp_path: Path, query: str) -> None:
    """An unknown parameter or value is an error, so no list shows other cases than those meant."""

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        assert "请求有误" in await site.page(f"/work/queues/open?{query}", 400)

    serve(store, tmp_path, talk)


def test_queues_are_complete() -> None:
    """Each queue says what it is about and what to do when it is empty; keys do not collide."""
    for queue in QUEUES:
        assert queue.about
        assert queue.empty
    for role in OFFICE_ROLES:
        keys = [queue.key for queue in queues_of(role)]
        assert len(keys) == len(set(keys))
        assert FIRST[role] in {queue.code for queue in queues_of(role)}
