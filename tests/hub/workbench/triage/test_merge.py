"""Merging with any case: it is chosen by number or words, and both cases need the authority."""

from pathlib import Path

from hub.accounts.staff import StaffRole
from hub.store.client import Store
from schemas.cases.case import Case, Move
from tests.builders.town import event
from tests.hub.workbench.search.test_search import LAMP, case_of, fill, garbage
from tests.hub.workbench.site import Site, serve

JSON = {"Accept": "application/json"}
WASTE, ORCHARD = "垃圾没有人清", "樱桃巷九号院"


def three_cases(store: Store) -> tuple[Case, Case, Case]:
    """Store open cases about a lamp and about waste, and a confidential one; return them."""
    secret = event("c", content="请替我保密", confidential=True, name=ORCHARD)
    state = fill(store, event("a", content=LAMP), garbage("b"), secret)
    return case_of(state, "a"), case_of(state, "b"), case_of(state, "c")


async def choices(site: Site, case: Case, text: str = "") -> list[dict[str, str]]:
    """Return what the type-ahead offers."""
    asked = {"case": str(case.case_id), "text": text}
    answer = await site.client.get("/work/merge-choices", params=asked)
    assert answer.status == 200, await answer.text()
    choices: list[dict[str, str]] = await answer.json()
    return choices


def test_a_case_is_chosen_by_number_or_words(store: Store, tmp_path: Path) -> None:
    """The end of a number, a whole number or words; a confidential case shows no text and place."""
    lamp, waste, secret = three_cases(store)

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        for text in (waste.number, waste.number[-5:], waste.number.replace("-", ""), "没有 垃圾"):
            (choice,) = await choices(site, lamp, text)
            assert choice["value"] == waste.number, text
            assert choice["name"] == WASTE
        (hidden,) = await choices(site, lamp, secret.number)
        assert hidden["name"] == "保密件"
        assert secret.place_name == ORCHARD
        assert ORCHARD not in hidden["where"]
        assert await choices(site, lamp, ORCHARD) == []
        assert await choices(site, waste, "保密") == []
        assert await choices(site, lamp, "没有这样的词") == []
        assert lamp.number not in {choice["value"] for choice in await choices(site, lamp, "路灯")}

    serve(store, tmp_path, talk)


def test_the_chosen_case_takes_over_the_reports(store: Store, tmp_path: Path) -> None:
    """The command goes to the chosen case and names this one; a repeated form repeats it."""
    lamp, waste, _ = three_cases(store)
    batch = "9d6f6f5e-7a43-4a8e-93a5-2c1a3a1a7f00"

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        fields = {
            "csrf": site.csrf,
            "move": "merge",
            "case": f"{lamp.case_id}.{lamp.seq}",
            "into": waste.number,
            "reason": "是同一件事",
            "batch": batch,
        }
        answers = [
            await site.client.post("/work/commands", data=fields, headers=JSON) for _ in range(2)
        ]
        (result,) = (await answers[0].json())["results"]
        assert (result["case_id"], result["accepted"]) == (str(lamp.case_id), True)
        assert result["text"] == f"已并入{waste.number}"
        first, second = site.commands.received
        assert (first.move, first.case_id) == (Move.MERGE, waste.case_id)
        assert first.data == {"case": str(lamp.case_id)}
        assert first.command_id == second.command_id

    serve(store, tmp_path, talk)


def test_a_wrong_choice_merges_nothing(store: Store, tmp_path: Path) -> None:
    """Words that name no case, an unknown number, an outdated case: each says what to do."""
    lamp, waste, _ = three_cases(store)

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        seen = f"{lamp.case_id}.{lamp.seq}"
        for case, into, why in (
            (seen, "路灯", "请从列出的事项中选一件"),
            (seen, "20200101-00001", "没有事项20200101-00001"),
            (f"{lamp.case_id}.{lamp.seq + 1}", waste.number, "请重新打开"),
        ):
            fields = {"move": "merge", "case": case, "into": into, "reason": "是同一件事"}
            answer = await site.send("/work/commands", **fields)
            assert answer.status == 409
            assert why in await answer.text()
        assert site.commands.received == []

    serve(store, tmp_path, talk)


def test_both_cases_need_the_authority(store: Store, tmp_path: Path) -> None:
    """A village does not merge into a case outside its area; a unit merges nothing."""
    unplaced = event("d", content="不知道说什么", category="other.unknown", grid="")
    state = fill(store, event("a", content=LAMP), unplaced)
    lamp, outside = case_of(state, "a"), case_of(state, "d")
    assert not outside.division_code
    named = {"case": str(lamp.case_id), "into": outside.number}

    async def talk(site: Site) -> None:
        for role, unit in ((StaffRole.TOWNSHIP, "U-V"), (StaffRole.UNIT, "U-T")):
            await site.log_in(f"某{role}", role, unit)
            answer = await site.send("/work/commands", move="merge", reason="同一件事", **named)
            assert answer.status == 409
            assert "您无权" in await answer.text()
        asked = {"case": str(lamp.case_id)}
        assert (await site.client.get("/work/merge-choices", params=asked)).status == 403
        assert site.commands.received == []

    serve(store, tmp_path, talk)
