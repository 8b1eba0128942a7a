"""The queue of call-backs: settled cases whose citizen has not been asked."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.accounts.staff import StaffRole
from hub.store.client import Store
from hub.store.json_rows import json_rows
from schemas.cases.case import Case, CaseEvent, Move, State, case_event_id_of
from schemas.cases.command import Role
from schemas.topic import CASES
from tests.builders.stored import keep
from tests.hub.workbench.site import Site, latin_words, serve

ITEM = re.compile(r'data-item="([0-9a-f-]{36})"')
QUEUE = "/work/queues/callback"


def put(store: Store, case: Case, move: Move, **changes: Any) -> Case:
    """Store the next entry of a case with these changes, and return its snapshot."""
    after = case.model_copy(update={"seq": case.seq + 1, **changes})
    entry = CaseEvent(
        case_event_id=case_event_id_of(case.case_id, after.seq),
        case_id=case.case_id,
        seq=after.seq,
        move=move,
        state=after.state,
        at=datetime.now(UTC),
        actor="U-T",
        cause=case.case_id,
        case=after,
    )
    keep(store, CASES.name, entry)
    return after


def settle(store: Store, cases: list[Case], number: int) -> list[Case]:
    """Settle cases one after the other, the last of them the longest ago."""
    some = [case for case in cases if case.content and not case.confidential][:number]
    assert len(some) == number
    return [
        put(
            store,
            case,
            Move.RESOLVE,
            state=State.RESOLVED,
            answer="已更换灯泡",
            settled_at=datetime.now(UTC) - timedelta(hours=order),
        )
        for order, case in enumerate(some)
    ]


def test_settled_cases_wait_for_the_call_back(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """The oldest settlement is first; who has been asked, and who waits again, is not there."""
    settled = settle(store, cases, 5)
    put(store, settled[1], Move.EVALUATE, state=State.EVALUATED)
    put(store, settled[2], Move.REOPEN, state=State.RECEIVED, settled_at=None, reopenings=1)
    put(store, settled[3], Move.FEED_BACK, state=State.FED_BACK)

    async def talk(site: Site) -> None:
        await site.log_in("接线员", StaffRole.CITY)
        page = await site.page(QUEUE)
        waiting = [str(settled[number].case_id) for number in (4, 3, 0)]
        assert ITEM.findall(page) == waiting
        assert "一起办理" not in page
        assert all(case.number in page for case in settled if str(case.case_id) in waiting)
        live = await (await site.client.get("/work/live")).json()
        assert live["queues"]["callback"] == 3
        page = await site.page(f"{QUEUE}?words={settled[0].content}")
        assert ITEM.findall(page) == [waiting[2]]
        await site.page(f"{QUEUE}?sort=due", 400)
        await site.page(f"{QUEUE}?columns=due", 400)
        assert ITEM.findall(await site.page(f"{QUEUE}?sort=opened&columns=settled,state"))
        await site.log_in("所长", StaffRole.UNIT, "U-T")
        await site.page(QUEUE, 403)

    serve(store, tmp_path, talk)
    texts = "SELECT title, content FROM settled_cases_kept WHERE case_id = {id:UUID}"
    (asked,) = json_rows(store, texts, {"id": str(settled[1].case_id)})
    assert asked == {"title": "", "content": ""}


@pytest.mark.parametrize(
    ("fields", "data"),
    [
        (
            {"settled": "no", "responded": "no", "satisfied": "no", "reason": "灯还是不亮"},
            {"settled": False, "responded": False, "satisfied": False},
        ),
        (
            {"settled": "yes", "responded": "yes", "satisfied": ""},
            {"settled": True, "responded": True},
        ),
        ({"responded": "yes", "satisfied": "yes"}, None),
    ],
)
def test_the_panel_records_what_the_citizen_answers(
    store: Store,
    cases: list[Case],
    tmp_path: Path,
    fields: dict[str, str],
    data: dict[str, bool] | None,
) -> None:
    """The answers become an evaluation of the role that calls back; the first one is required."""
    (case,) = settle(store, cases, 1)

    async def talk(site: Site) -> None:
        await site.log_in("接线员", StaffRole.CITY)
        page = await site.page(f"{QUEUE}?case={case.case_id}")
        assert 'value="evaluate"' in page
        assert "已答复：已更换灯泡" in page
        assert latin_words(page) == []
        answer = await site.send(
            "/work/commands",
            **{"move": "evaluate", "case": f"{case.case_id}.{case.seq}", "next": QUEUE, **fields},
        )
        if data is None:
            assert answer.status == 400
            assert "解决了没有" in await answer.text()
            assert site.commands.received == []
            return
        assert (answer.status, answer.headers["Location"]) == (303, QUEUE)
        (command,) = site.commands.received
        assert (command.move, command.role, command.data) == (Move.EVALUATE, Role.CALLBACK, data)
        assert command.reason == fields.get("reason", "")

    serve(store, tmp_path, talk)
