"""The page of hand entry: an entry is a signed message, and the citizen gets a code at once."""

import re
from pathlib import Path

import pytest

from hub.accounts.staff import StaffRole
from hub.security.credentials import credentials_path, load_or_create_credentials
from hub.security.keyring import make_sealer
from hub.settings import Settings
from hub.store.client import Store
from hub.tracking.code import code_of
from schemas.channel import Channel
from schemas.reports.event import event_id_of
from schemas.reports.receipt import Disposition, Outcome
from schemas.topic import CASES, DISPOSITIONS
from tests.builders.stored import keep
from tests.builders.town import LAMP
from tests.hub.notifications.cases import entries_of
from tests.hub.workbench.signed_intake import SignedIntake
from tests.hub.workbench.site import Site, latin_words, serve
from tests.integration.parts import free_port

FORM = {"way": "phone", "text": "楼道灯坏了一周", "name": "王秀兰", "phone": "13800138001"}


@pytest.fixture
def intake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SignedIntake:
    """Return an intake that does not run yet, at the address that the pages know."""
    port = free_port()
    monkeypatch.setenv("HUB_INTAKE_URL", f"http://127.0.0.1:{port}/")
    monkeypatch.setenv("HUB_PUBLIC_URL", "https://city.example")
    settings = Settings(data=tmp_path)
    make_sealer(settings)
    return SignedIntake(settings, port, Channel.MANUAL_ENTRY)


async def number_of_form(site: Site) -> str:
    """Open the form; return the number of the entry in it."""
    page = await site.page("/work/new")
    assert latin_words(page) == []
    match = re.search(r'name="entry" value="([^"]+)"', page)
    assert match is not None
    return match[1]


def test_an_entry_is_sent_signed_and_answered_with_its_tracking_code(
    store: Store, tmp_path: Path, intake: SignedIntake
) -> None:
    """The journal has it before the code is shown; who entered it is in the message and audited."""

    async def talk(site: Site) -> None:
        await site.log_in("小周", StaffRole.UNIT, "U-T")
        number = await number_of_form(site)
        async with intake.running():
            answer = await site.send("/work/new", entry=number, **FORM)
        assert (answer.status, answer.headers["Location"]) == (303, f"/work/new/{number}")
        assert f'"id": "{number}"' in intake.bodies[0].decode()
        assert '"enteredBy": "小周"' in intake.bodies[0].decode()
        page = await site.page(f"/work/new/{number}")
        code = code_of(make_sealer(intake.settings), Channel.MANUAL_ENTRY, number)
        assert " ".join(re.findall("....", code)) in page
        assert f"https://city.example/t/{code}" in page
        assert "系统正在立案" in page
        assert ("entry", "小周", "unit", number) in [(a, b, c, e) for a, b, c, _, e in site.audit()]

    serve(store, tmp_path, talk)


def test_a_faulty_form_comes_back_with_what_was_typed(
    store: Store, tmp_path: Path, intake: SignedIntake
) -> None:
    """Nothing is sent, nothing is lost, and each fault stands at its field."""

    async def talk(site: Site) -> None:
        await site.log_in("小周", StaffRole.UNIT, "U-T")
        number = await number_of_form(site)
        async with intake.running():
            answer = await site.send("/work/new", entry=number, **(FORM | {"phone": "<b>9"}))
        page = await answer.text()
        assert answer.status == 400
        assert "电话只能有数字" in page
        assert "楼道灯坏了一周" in page
        assert number in page
        assert "<b>9" not in page
        assert intake.bodies == []

    serve(store, tmp_path, talk)


def test_without_an_intake_the_form_stays_and_says_so(
    store: Store, tmp_path: Path, intake: SignedIntake
) -> None:
    """The same form can be sent again: its number is the same, so it counts once."""

    async def talk(site: Site) -> None:
        await site.log_in("小周", StaffRole.CITY)
        number = await number_of_form(site)
        answer = await site.send("/work/new", entry=number, **FORM)
        page = await answer.text()
        assert answer.status == 503
        assert "内容没有登记" in page
        assert number in page
        async with intake.running():
            assert (await site.send("/work/new", entry=number, **FORM)).status == 303

    serve(store, tmp_path, talk)


def test_a_member_who_enters_too_much_waits_and_loses_nothing(
    store: Store, tmp_path: Path, intake: SignedIntake
) -> None:
    """Beyond the limit the form comes back with 429 and a time; others enter as before."""

    async def talk(site: Site) -> None:
        async with intake.running():
            await site.log_in("小周", StaffRole.CITY)
            for wanted in (303, 303, 429):
                number = await number_of_form(site)
                answer = await site.send("/work/new", entry=number, **FORM)
                assert answer.status == wanted
            page = await answer.text()
            assert FORM["text"] in page
            assert "内容已保留在本页" in page
            assert 0 < int(answer.headers["Retry-After"]) <= 3600
            await site.log_in("小吴", StaffRole.CITY)
            number = await number_of_form(site)
            assert (await site.send("/work/new", entry=number, **FORM)).status == 303
        assert len(intake.bodies) == 3

    serve(store, tmp_path, talk, entry_limit="2/hour")


def test_the_file_of_an_earlier_version_gets_a_secret_for_entries(
    store: Store, tmp_path: Path, intake: SignedIntake
) -> None:
    """The credentials of the other channels stay as they are."""
    path = credentials_path(intake.settings)
    path.write_text("hotline_12345: {secret: known}\n")
    path.chmod(0o600)

    async def talk(site: Site) -> None:
        await site.log_in("小周", StaffRole.CITY)
        number = await number_of_form(site)
        async with intake.running():
            assert (await site.send("/work/new", entry=number, **FORM)).status == 303

    serve(store, tmp_path, talk)
    known = load_or_create_credentials(intake.settings)
    assert known.value("hotline_12345", "secret") == "known"
    assert len(known.value("manual_entry", "secret")) > 30


@pytest.mark.usefixtures("intake")
def test_the_case_of_an_entry_is_shown_when_there_is_one(store: Store, tmp_path: Path) -> None:
    """The confirmation leads to the case as soon as the report was decided."""

    async def talk(site: Site) -> None:
        await site.log_in("小周", StaffRole.CITY)
        number = await number_of_form(site)
        entry = entries_of()[-1]
        keep(store, CASES.name, entry)
        decided = Disposition(
            event_id=event_id_of(Channel.MANUAL_ENTRY, number, "0"),
            receipt_id=entry.case_id,
            channel=Channel.MANUAL_ENTRY,
            route="421200",
            outcome=Outcome.OPENED,
            case_id=entry.case_id,
            at=entry.at,
        )
        keep(store, DISPOSITIONS.name, decided)
        page = await site.page(f"/work/new/{number}")
        assert f"/cases/{entry.case_id}" in page
        assert "城管所" in page
        await site.log_in("小冯", StaffRole.UNIT, "U-V")
        await site.page(f"/work/new/{number}", 404)

    serve(store, tmp_path, talk)


@pytest.mark.usefixtures("intake")
def test_similar_open_cases_are_listed_while_somebody_types(store: Store, tmp_path: Path) -> None:
    """Same words in the same grid come first; confidential cases and other units' are left out."""

    async def talk(site: Site) -> None:
        lamp, secret = entries_of("a")[-1], entries_of("b", confidential=True)[-1]
        keep(store, CASES.name, lamp, secret)
        await site.log_in("小周", StaffRole.CITY)
        typed = {"text": "小区门口路灯不亮", "entry": "x"}
        page = await (await site.send("/work/new/similar", **typed)).text()
        assert str(lamp.case_id) in page
        assert str(secret.case_id) not in page
        answer = await (await site.client.get("/work/new/places", params={"text": "xfxq"})).json()
        place = {"place": "幸福小区", "place_key": answer["places"][0]["key"]}
        page = await (await site.send("/work/new/similar", **typed, **place)).text()
        assert "同一网格" in page
        assert latin_words(page) == []
        page = await (await site.send("/work/new/similar", entry="x", text="灯")).text()
        assert str(lamp.case_id) not in page
        page = await (await site.send("/work/new/similar", text="噪音扰民睡不着")).text()
        assert str(lamp.case_id) not in page
        await site.log_in("小吴", StaffRole.UNIT, "U-V")
        page = await (await site.send("/work/new/similar", text=LAMP)).text()
        assert str(lamp.case_id) not in page

    serve(store, tmp_path, talk)


def test_only_handlers_with_their_token_enter_reports(
    store: Store, tmp_path: Path, intake: SignedIntake
) -> None:
    """An auditor, a stranger and a forged form are refused; an unknown number is not found."""

    async def talk(site: Site) -> None:
        assert (await site.client.post("/work/new", data=FORM)).status == 401
        await site.log_in("审计员", StaffRole.AUDITOR)
        assert "不对您的角色开放" in await site.page("/work/new", 403)
        await site.log_in("小周", StaffRole.CITY)
        forged = await site.client.post("/work/new", data={**FORM, "csrf": "x"})
        assert forged.status == 400
        await site.page("/work/new/RL20260302-00000000", 404)
        await site.page("/work/new/RL-1", 404)
        assert intake.bodies == []

    serve(store, tmp_path, talk)


def test_a_number_shows_its_code_to_the_office_that_entered_it(
    store: Store, tmp_path: Path, intake: SignedIntake
) -> None:
    """The code can be read out again when the citizen calls later.

    Others see the number on the page of the case: neither that nor sending it again opens the code.
    """

    async def talk(site: Site) -> None:
        await site.log_in("小吴", StaffRole.UNIT, "U-T")
        number = await number_of_form(site)
        async with intake.running():
            assert (await site.send("/work/new", entry=number, **FORM)).status == 303
            first = await site.page(f"/work/new/{number}")
            await site.log_in("小郑", StaffRole.UNIT, "U-T")
            second = await site.page(f"/work/new/{number}")
            codes = [re.search('class="tracking">([^<]+)<', page) for page in (first, second)]
            assert codes[0] is not None
            assert codes[1] is not None
            assert codes[0][1] == codes[1][1]
            await site.log_in("小冯", StaffRole.UNIT, "U-V")
            await site.page(f"/work/new/{number}", 404)
            assert (await site.send("/work/new", entry=number, **FORM)).status == 303
            await site.page(f"/work/new/{number}", 404)

    serve(store, tmp_path, talk)
