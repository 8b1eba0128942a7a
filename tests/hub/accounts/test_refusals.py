"""Refusals: each is audited with person and action, and reveals no protected data."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from clickhouse_connect.driver.exceptions import OperationalError

from hub.accounts.audit import Audit
from hub.accounts.audit_chain import faults
from hub.accounts.purpose import PURPOSE_LETTERS, is_meaningful
from hub.accounts.refusal_count import LINES_EACH, MOST_KINDS, MOST_LINES, Refusal, RefusalCount
from hub.accounts.staff import add_member
from hub.admin.audit import LINES
from hub.store.client import Store
from schemas.cases.case import Case, CaseEvent, Move
from schemas.cases.command import Role
from schemas.topic import CASES
from streams.case.authority import may_see
from streams.case.entries import append_move
from tests.builders.fortnight import SECRET
from tests.builders.stored import keep
from tests.builders.town import REGISTER
from tests.hub.accounts.pages import PASSWORD, Site, serve

NOW = datetime(2026, 3, 2, 4, 0, 5, tzinfo=UTC)
REFUSAL = Refusal("所长", "unit", "U-T", "case_refused", "192.0.2.1")


def of_unit(cases: list[Case], unit: str) -> list[Case]:
    """Return the cases that are assigned to a unit."""
    return [case for case in cases if case.assignment and case.assignment.unit == unit]


def foreign_to(cases: list[Case], unit: str) -> list[Case]:
    """Return cases that a unit may not see and that are not confidential."""
    return [
        case
        for case in cases
        if not case.confidential and not may_see(Role.UNIT, unit, case, REGISTER) and case.content
    ]


async def unit_officer(site: Site) -> tuple[str, str]:
    """Log in as a member of U-T; return session cookie and CSRF token."""
    add_member(site.settings, "所长", "unit", "U-T", PASSWORD)
    return await site.log_in("所长")


@pytest.fixture
def suggestion(store: Store, cases: list[Case]) -> CaseEvent:
    """Store a suggestion in a case of U-T: another of U-T, a foreign one and a confidential one."""
    mine = of_unit(cases, "U-T")[0]
    foreign, other = foreign_to(cases, "U-T")[:2]
    assigned = append_move(
        other,
        Move.ASSIGN,
        cause=uuid4(),
        at=other.updated_at + timedelta(seconds=1),
        reason="交办",
        assignment=mine.assignment,
    )
    keep(store, CASES.name, assigned)
    own = assigned.case
    secret = next(case for case in cases if case.confidential)
    others = [str(case.case_id) for case in (own, foreign, secret)]
    entry = append_move(
        mine,
        Move.SUGGEST,
        cause=uuid4(),
        at=mine.updated_at + timedelta(seconds=1),
        reason="疑似同案",
        data={
            "case_id": others[1],
            "score": 0.8,
            "others": [{"case_id": case_id, "score": 0.7} for case_id in (others[0], others[2])],
        },
        suggested=(own.case_id, foreign.case_id, secret.case_id),
    )
    keep(store, CASES.name, entry)
    return entry


def test_suggestions_show_only_what_the_viewer_may_open(
    store: Store, cases: list[Case], tmp_path: Path, suggestion: CaseEvent
) -> None:
    """A unit gets only the number of other units' suggested cases; the city sees all of them."""
    own, foreign, secret = suggestion.case.suggested
    words = next(case for case in cases if case.case_id == foreign).content
    path = f"/api/cases/{suggestion.case_id}"

    async def talk(site: Site) -> None:
        cookie, _ = await unit_officer(site)
        answer = await site.get(path, cookie)
        body = await answer.json()
        text = json.dumps(body, ensure_ascii=False)
        assert [other["case_id"] for other in body["suggested"]] == [str(own)]
        assert body["suggested_elsewhere"] == 2
        assert body["case"]["suggested"] == [str(own)]
        for hidden in (str(foreign), str(secret), words, SECRET):
            assert hidden not in text
        last = json.loads(body["entries"][-1]["data"])
        assert (last["case_id"], last["others"]) == (str(own), [])
        assert (await site.get(f"/api/cases/{foreign}", cookie)).status == 403

        city, _ = await site.log_in()
        answer = await site.get(path, city)
        body = await answer.json()
        text = json.dumps(body, ensure_ascii=False)
        assert {other["case_id"] for other in body["suggested"]} == {
            str(own),
            str(foreign),
            str(secret),
        }
        assert body["suggested_elsewhere"] == 0
        assert words in text
        assert SECRET not in text
        assert "保密件" in {other["title"] for other in body["suggested"]}

    serve(store, tmp_path, talk)


def test_a_confidential_report_in_an_open_case_stays_confidential(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """Only the unit of the case sees text and contacts of a confidential report merged into it."""
    secret = next(case for case in cases if case.confidential)
    mine = of_unit(cases, "U-T")[0]
    joined = append_move(
        mine,
        Move.JOIN,
        cause=uuid4(),
        at=mine.updated_at + timedelta(seconds=1),
        reason="同一事项",
        reports=(*mine.reports, *secret.reports),
    )
    keep(store, CASES.name, joined)
    path = f"/api/cases/{mine.case_id}"
    purpose = {"purpose": "上门前电话确认"}

    async def talk(site: Site) -> None:
        city, token = await site.log_in()
        body = await (await site.get(path, city)).json()
        assert body["words"] is True
        assert len(body["reports"]) == len(mine.reports) + 1
        assert SECRET not in json.dumps(body, ensure_ascii=False)
        contacts = (await (await site.post(f"{path}/contacts", purpose, city, token)).json())[
            "contacts"
        ]
        assert [contact.get("error") for contact in contacts].count("保密件") == 1
        assert sum("phone" in contact for contact in contacts) == len(mine.reports)
        own, token = await unit_officer(site)
        body = await (await site.get(path, own)).json()
        assert SECRET in json.dumps(body, ensure_ascii=False)
        contacts = (await (await site.post(f"{path}/contacts", purpose, own, token)).json())[
            "contacts"
        ]
        assert sum("phone" in contact for contact in contacts) == len(mine.reports) + 1

    serve(store, tmp_path, talk)


def test_every_refusal_is_audited(store: Store, cases: list[Case], tmp_path: Path) -> None:
    """Refused cases, commands, contacts and audit views are audited, without any protected text."""
    mine, foreign = of_unit(cases, "U-T")[0], foreign_to(cases, "U-T")[0]

    async def talk(site: Site) -> None:
        cookie, csrf = await unit_officer(site)
        where = f"/api/cases/{foreign.case_id}"
        own = f"/api/cases/{mine.case_id}"
        refused = (
            await site.get(where, cookie),
            await site.post(f"{where}/contacts", {"purpose": "上门前电话确认"}, cookie, csrf),
            await site.post(f"{where}/commands", {"move": "accept"}, cookie, csrf),
            await site.post(f"{own}/commands", {"move": "assign"}, cookie, csrf),
            await site.get("/api/audit", cookie),
        )
        for answer in refused:
            body = await answer.json()
            assert (answer.status, body["code"]) == (403, "not_yours")
            assert answer.content_type == "application/problem+json"
            assert "ask" in body["detail"]
        assert site.commands.received == []
        auditor = add_member(site.settings, "王审计", "auditor", "", PASSWORD)
        session, token = await site.log_in("王审计", auditor)
        answer = await site.post(f"{own}/contacts", {"purpose": "核对有关情况"}, session, token)
        assert answer.status == 403
        answer = await site.post(f"{own}/contacts", {"purpose": "...."}, cookie, csrf)
        assert answer.status == 400
        cases_refused = site.audited("case_refused")
        assert [line[:2] for line in cases_refused] == [("所长", str(foreign.case_id))] * 3
        assert cases_refused[2][2].startswith("POST /api/cases/")
        assert [line[:2] for line in site.audited("command_refused")] == [
            ("所长", str(mine.case_id))
        ]
        assert [line[:2] for line in site.audited("contacts_refused")] == [
            ("王审计", str(mine.case_id)),
            ("所长", str(mine.case_id)),
        ]
        assert [line[0] for line in site.audited("audit_refused")] == ["所长"]
        everything = json.dumps(store.rows("SELECT detail FROM audit"), ensure_ascii=False)
        assert foreign.content not in everything

    serve(store, tmp_path, talk)


@pytest.mark.parametrize(
    ("purpose", "taken"),
    [
        ("....", False),
        ("……………", False),
        ("1234567", False),
        ("啊啊啊啊啊啊", False),
        ("ａａａａ", False),
        ("a.a.a.a", False),
        ("x", False),
        ("", False),
        ("   ", False),
        ("\u200b\u200b\u200b\u200b", False),
        ("👍👍👍👍", False),
        ("核实情况", True),
        ("上门前电话确认", True),
        ("call back before the visit", True),
    ],
)
def test_a_purpose_has_words(purpose: str, *, taken: bool) -> None:
    """Dots, digits, blanks and one repeated key are no purpose."""
    assert is_meaningful(purpose, PURPOSE_LETTERS) is taken


def test_contacts_and_commands_ask_for_words(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """A meaningless purpose or reason is refused with a sentence about the required form."""
    mine = of_unit(cases, "U-T")[0]
    path = f"/api/cases/{mine.case_id}"

    async def talk(site: Site) -> None:
        cookie, csrf = await unit_officer(site)
        for purpose in ("....", "啊啊啊啊", "1234", ["核实诉求内容"]):
            answer = await site.post(f"{path}/contacts", {"purpose": purpose}, cookie, csrf)
            assert answer.status == 400
            assert "4 letters or Han characters" in (await answer.json())["detail"]
        assert site.audited("contacts") == []
        for reason in ("", "……", "11"):
            wish = {"move": "return", "reason": reason}
            answer = await site.post(f"{path}/commands", wish, cookie, csrf)
            assert answer.status == 400
            assert "reason" in (await answer.json())["detail"]
        assert site.commands.received == []
        wish = {"move": "return", "reason": "不属本单位职责"}
        assert (await site.post(f"{path}/commands", wish, cookie, csrf)).status == 200

    serve(store, tmp_path, talk)


def test_a_flood_of_refusals_is_a_few_lines(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """Two hundred refusals become ten lines and a count; the audit chain stays whole."""
    foreign = foreign_to(cases, "U-T")[0]

    async def talk(site: Site) -> None:
        cookie, _ = await unit_officer(site)
        for _ in range(200):
            assert (await site.get(f"/api/cases/{foreign.case_id}", cookie)).status == 403

    serve(store, tmp_path, talk)
    lines = store.rows("SELECT detail FROM audit WHERE what = 'case_refused' ORDER BY at, link")
    # The test may run over the end of a minute.
    assert LINES_EACH < len(lines) <= 2 * (LINES_EACH + 1)
    counted = sum(int(line.split()[0]) for (line,) in lines if "more within a minute" in line)
    single = sum("more within a minute" not in line for (line,) in lines)
    assert counted + single == 200
    assert faults(store.named(LINES), datetime.now(UTC), 0) == []


def test_counts_of_refusals_are_bounded() -> None:
    """Lines are limited for each kind and in all, and so is the number of kinds."""
    count = RefusalCount()
    first = [count.count(REFUSAL, "x", NOW) for _ in range(LINES_EACH + 3)]
    assert first == [False] * LINES_EACH + [True] * 3
    kinds = [REFUSAL._replace(who=str(number)) for number in range(MOST_KINDS + 50)]
    lines = sum(not count.count(kind, "x", NOW) for kind in kinds)
    assert lines == MOST_LINES - LINES_EACH
    assert len(count._tallies) <= MOST_KINDS + 1
    assert list(count.drain(NOW)) == []
    later = NOW + timedelta(minutes=1)
    details = dict(count.drain(later))
    assert details[REFUSAL] == "3 more within a minute, the last: x"
    assert Refusal("", "", "", "case_refused") in details
    assert sum(int(detail.split()[0]) for detail in details.values()) == 3 + len(kinds) - lines
    assert list(count.drain(later)) == []
    assert count.count(REFUSAL, "x", later) is False


def test_a_count_that_was_not_written_is_repeated() -> None:
    """A count whose write failed is yielded again; with `is_last` all counts are yielded."""
    count = RefusalCount()
    for _ in range(LINES_EACH + 1):
        count.count(REFUSAL, "x", NOW)
    later = NOW + timedelta(minutes=1)
    assert next(count.drain(later))[0] == REFUSAL
    assert next(count.drain(later))[0] == REFUSAL
    assert [refusal for refusal, _ in count.drain(NOW, is_last=True)] == [REFUSAL]


def test_a_refusal_does_not_depend_on_the_store(
    store: Store, cases: list[Case], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal is answered while the store is down, and audited when it is back."""
    foreign = foreign_to(cases, "U-T")[0]

    async def talk(site: Site) -> None:
        cookie, _ = await unit_officer(site)

        def away(*_: Any) -> None:
            raise OperationalError("away")

        with monkeypatch.context() as broken:
            broken.setattr(
                Audit, "_write", lambda self, content: away(SimpleNamespace(audit=self), content)
            )
            answer = await site.get(f"/api/cases/{foreign.case_id}", cookie)
            assert answer.status == 403
        assert site.audited("case_refused") == []

    serve(store, tmp_path, talk)
    ((detail,),) = store.rows("SELECT detail FROM audit WHERE what = 'case_refused'")
    assert detail.startswith("1 more within a minute, the last: GET /api/cases/")
