"""Wishes on the phone page: a grid worker takes, gives back and fulfils those of his grids."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from aiohttp import ClientResponse

from hub.accounts.staff import StaffRole
from hub.store.client import Store
from hub.store.registers import store_registers
from schemas.cases.case import Case, Move
from schemas.cases.command import Role
from schemas.reports.fact import Kind
from schemas.topic import CASES
from streams.case.state import PartitionState
from streams.steps import command as follow
from streams.steps import event as receive
from tests.builders.commands import command
from tests.builders.stored import keep
from tests.builders.town import REGISTER, TOWN, event
from tests.hub.workbench.phone.test_phone import PATROLS, keep_cases
from tests.hub.workbench.site import Site, serve


def keep_wish(store: Store, grid: str, taken_by: str = "") -> Case:
    """Store a wish of a grid that has a unit, and that a volunteer may have taken."""
    state, at = PartitionState(), datetime.now(UTC) - timedelta(hours=1)
    name = f"w-{grid}-{taken_by}"
    wish = event(
        name, kind=Kind.WISH, grid=grid, category="environment.garbage", content="想装扶手"
    )
    wish = wish.model_copy(update={"received_at": at, "occurred_at": at})
    effects = receive.step(state, wish, REGISTER)
    state.apply(effects)
    entries = effects.case_events
    (case,) = state.cases.values()
    if taken_by:
        order = command(case, Move.TAKE, actor=taken_by, role=Role.VOLUNTEER, unit="")
        effects = follow.step(state, order, REGISTER, at)
        assert effects.case_events, effects.outcome
        state.apply(effects)
        entries = (*entries, *effects.case_events)
        (case,) = state.cases.values()
    keep(store, CASES.name, *entries)
    return case


async def post(
    site: Site, case_id: object, move: str, reason: str = "", **more: object
) -> ClientResponse:
    """Send a command about a wish with the token of the session."""
    body = {"move": move, "reason": reason, **more}
    headers = {"X-CSRF-Token": site.csrf}
    return await site.client.post(f"/patrol/wishes/{case_id}", json=body, headers=headers)


def test_a_worker_is_the_volunteer_with_his_code(store: Store, tmp_path: Path) -> None:
    """He sees free wishes and his own; his commands name his code, and are audited."""
    store_registers(store, TOWN, PATROLS, datetime.now(UTC))
    free, mine = keep_wish(store, "G1"), keep_wish(store, "G1", "W1")
    keep_wish(store, "G1", "V-9")

    async def talk(site: Site) -> None:
        await site.log_in("小李", StaffRole.GRID_WORKER, "W1")
        data = await (await site.client.get("/patrol/data")).json()
        stages = {wish["id"]: wish["stage"] for wish in data["wishes"]}
        assert stages == {str(mine.case_id): "taken", str(free.case_id): "dispatched"}
        assert (await post(site, free.case_id, "take")).status == 200
        assert (await post(site, mine.case_id, "give_back", "没有工具")).status == 200
        assert (await post(site, mine.case_id, "resolve", "扶手已经装好")).status == 200
        sent = [
            (command.move, command.actor, command.role, command.unit)
            for command in site.commands.received
        ]
        volunteer = ("W1", Role.VOLUNTEER, "")
        assert sent == [(move, *volunteer) for move in (Move.TAKE, Move.GIVE_BACK, Move.RESOLVE)]
        assert [line[:2] for line in site.audit()].count(("command", "小李")) == 3
        site.commands.refusal = "V-9已接单"
        answer = await post(site, free.case_id, "take")
        assert (answer.status, (await answer.json())["detail"]) == (409, "V-9已接单")

    serve(store, tmp_path, talk)


REFUSED = (
    ("elsewhere", "take", "", 403),
    ("of another", "resolve", "扶手已经装好", 403),
    ("of another", "give_back", "没有工具", 403),
    ("no wish", "take", "", 403),
    ("unknown", "take", "", 403),
    ("no id", "take", "", 400),
    ("free", "note", "看过了", 400),
    ("free", "assign", "交给别人", 400),
    ("his", "resolve", "", 400),
)


def test_what_is_not_his_is_refused(store: Store, tmp_path: Path) -> None:
    """Other grids, other volunteers, cases that are no wishes, and other commands."""
    store_registers(store, TOWN, PATROLS, datetime.now(UTC))
    ids = {
        "free": keep_wish(store, "G1").case_id,
        "his": keep_wish(store, "G1", "W1").case_id,
        "elsewhere": keep_wish(store, "G2").case_id,
        "of another": keep_wish(store, "G1", "V-9").case_id,
        "no wish": keep_cases(store)["G1"],
        "unknown": uuid4(),
        "no id": "1",
    }

    async def talk(site: Site) -> None:
        await site.log_in("小李", StaffRole.GRID_WORKER, "W1")
        for wish, move, reason, status in REFUSED:
            answer = await post(site, ids[wish], move, reason)
            assert answer.status == status, (wish, move, await answer.text())
            assert (await answer.json())["detail"]
        forged = await site.client.post(
            f"/patrol/wishes/{ids['free']}", json={"move": "take"}, headers={"X-CSRF-Token": "x"}
        )
        assert forged.status == 400
        named = await post(site, ids["free"], "take", data={"volunteer": "V-9"})
        assert named.status == 400
        assert site.commands.received == []
        await site.log_in("张主任", StaffRole.CITY)
        assert (await post(site, ids["free"], "take")).status == 403

    serve(store, tmp_path, talk)
