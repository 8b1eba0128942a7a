"""The case API: who may read and command cases, the answers, and the problems."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from openapi_spec_validator import OpenAPIV31SpecValidator

from hub.accounts.callers import (
    CallersError,
    add_caller,
    caller_of,
    load_callers,
    remove_caller,
)
from hub.accounts.confidential import without_reporter_keys
from hub.accounts.permissions import may_open, scope_of
from hub.accounts.session import Viewer
from hub.accounts.staff import StaffRole
from hub.cases.command_client import BrokerUnavailableError
from hub.cases.http import CasesHttp
from hub.cases.openapi import openapi
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.web.problem import PROBLEMS, Problem, answer_problems
from schemas.cases.case import Case
from schemas.cases.command import Command, CommandOutcome, Role
from streams.case.authority import may_see
from streams.case.state import PartitionState
from streams.steps.event import step as receive
from tests.builders.town import NOON, REGISTER, event

STATE = PartitionState()
STATE.apply(receive(STATE, event("a", reporter="hash-of-a-person"), REGISTER))
(CASE,) = STATE.cases.values()


class FakeStore:
    """Has one case, and the outcomes that a test sets."""

    def __init__(self) -> None:
        self.outcomes: dict[str, dict[str, Any]] = {}
        self.issued: set[str] = set()

    def named(self, sql: str, params: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the rows of the queries of the API."""
        if "case_events" in sql:
            return [{"issued": 1}] if params["id"] in self.issued else []
        if "command_outcomes" in sql:
            return [self.outcomes[params["id"]]] if params["id"] in self.outcomes else []
        if "number" in params:
            known = {"case_id": str(CASE.case_id), "route": CASE.route}
            return [known] if params["number"] == CASE.number else []
        if params["id"] != str(CASE.case_id):
            return []
        return [{"route": CASE.route, "body": CASE.model_dump_json()}]


class FakeCommandClient:
    """Answers as a test sets it up."""

    def __init__(self) -> None:
        self.received: list[Command] = []
        self.refusal = ""
        self.seq = CASE.seq
        self.silent = self.closed = False

    async def send(self, command: Command, seconds: float) -> CommandOutcome | None:
        """Return the outcome of a command, at once."""
        assert seconds > 0
        if self.closed:
            raise BrokerUnavailableError("no broker here")
        self.received.append(command)
        return (
            None
            if self.silent
            else CommandOutcome(
                command_id=command.command_id,
                case_id=command.case_id,
                accepted=not self.refusal,
                state=CASE.state,
                seq=self.seq,
                refusal=self.refusal,
                at=NOON,
            )
        )


Asks = Callable[
    [TestClient[web.Request, web.Application], FakeStore, FakeCommandClient], Awaitable[None]
]


def run(folder: Path, asks: Asks) -> None:
    """Serve the API and let a test send requests to it."""

    async def scenario() -> None:
        store, commands = FakeStore(), FakeCommandClient()
        app = web.Application(middlewares=[answer_problems])
        CasesHttp(Settings(data=folder), store, commands, REGISTER).add_to(app)  # type: ignore[arg-type]
        async with TestClient(TestServer(app)) as client:
            await asks(client, store, commands)

    asyncio.run(scenario())


def bearer(folder: Path, role: Role, unit: str = "") -> dict[str, str]:
    """Return the header of a new caller."""
    token = add_caller(Settings(data=folder), f"{role} {uuid4()}", role, unit)
    return {"Authorization": f"Bearer {token}"}


def at(case: Case) -> str:
    """Return the address of a case."""
    return f"/api/v1/cases/{case.case_id}"


async def problem(answer: Any) -> tuple[int, str, str]:
    """Return status, code and detail of a problem."""
    assert answer.content_type == "application/problem+json"
    body = await answer.json()
    assert body["status"] == answer.status == PROBLEMS[Problem(body["code"])][0]
    return answer.status, body["code"], body.get("detail", "")


def test_the_description_is_sound_and_names_every_answer() -> None:
    """It is OpenAPI 3.1, and the problems in it are those of the catalogue."""
    OpenAPIV31SpecValidator(openapi()).validate()
    described = openapi()["paths"]["/api/v1/cases/{case_id}/commands"]["post"]["responses"]
    assert set(described) == {"200", "202", "400", "401", "403", "404", "409", "413", "503"}


def test_a_command_carries_role_and_unit_of_its_token(tmp_path: Path) -> None:
    """The body of a request cannot set the identity of the caller."""

    async def asks(client: Any, _: FakeStore, commands: FakeCommandClient) -> None:
        headers = bearer(tmp_path, Role.UNIT, "U-T")
        wish = {"move": "accept", "expected_seq": 2, "command_id": str(UUID(int=7))}
        answer = await client.post(f"{at(CASE)}/commands", json=wish, headers=headers)
        assert answer.status == 200
        assert (await answer.json())["accepted"] is True
        (command,) = commands.received
        assert (command.role, command.unit, command.expected_seq) == (Role.UNIT, "U-T", 2)
        assert (command.command_id, command.township) == (UUID(int=7), CASE.route)
        posing = {"move": "accept", "role": "hub"}
        refused = await client.post(f"{at(CASE)}/commands", json=posing, headers=headers)
        assert (await problem(refused))[:2] == (400, "bad_request")

    run(tmp_path, asks)


def test_a_refused_request_is_a_problem_with_its_reason(tmp_path: Path) -> None:
    """A missing or wrong token, a foreign case, an unknown case and a refusal are problems."""

    async def asks(client: Any, _: FakeStore, commands: FakeCommandClient) -> None:
        own, address = bearer(tmp_path, Role.UNIT, "U-T"), f"{at(CASE)}/commands"
        other = bearer(tmp_path, Role.UNIT, "U-V")
        wish = {"move": "accept"}

        async def attempt(body: Any, headers: Any, where: str = address) -> tuple[int, str, str]:
            return await problem(await client.post(where, json=body, headers=headers))

        assert (await attempt(wish, {}))[:2] == (401, "bad_token")
        for token in ("x", "令牌"):
            named = {"Authorization": f"Bearer {token}"}
            assert (await attempt(wish, named))[:2] == (401, "bad_token")
        assert (await attempt(wish, other))[:2] == (403, "not_yours")
        nowhere = f"/api/v1/cases/{uuid4()}/commands"
        assert (await attempt(wish, own, nowhere))[:2] == (404, "not_found")
        assert (await attempt(wish, own, "/api/v1/cases/x/commands"))[0] == 400
        status, _, detail = await attempt({"move": "dance"}, own)
        assert status == 400
        assert detail.startswith("move: ")
        assert (await attempt({"move": "note", "data": {"x": "y" * 70_000}}, own))[0] == 413
        commands.refusal = "extended once already"
        assert await attempt(wish, own) == (409, "refused", "extended once already")
        commands.closed = True
        assert (await attempt(wish, own))[:2] == (503, "broker_away")

    run(tmp_path, asks)


def test_a_late_outcome_is_read_by_the_id_of_its_command(tmp_path: Path) -> None:
    """If no worker answers in time, the response names the address of the outcome."""

    async def asks(client: Any, store: FakeStore, commands: FakeCommandClient) -> None:
        headers, commands.silent = bearer(tmp_path, Role.UNIT, "U-T"), True
        params = await client.post(f"{at(CASE)}/commands", json={"move": "start"}, headers=headers)
        assert params.status == 202
        where = params.headers["Location"]
        assert (await problem(await client.get(where, headers=headers)))[0] == 404
        command = commands.received[0]
        store.outcomes[str(command.command_id)] = {
            "command_id": command.command_id,
            "case_id": CASE.case_id,
            "accepted": False,
            "state": "",
            "seq": 0,
            "refusal": "no case",
            "at": NOON,
        }
        described = await client.get(where, headers=headers)
        assert (described.status, (await described.json())["refusal"]) == (200, "no case")

    run(tmp_path, asks)


def test_a_case_is_shown_to_its_unit_and_its_area(tmp_path: Path) -> None:
    """A case is shown to its unit and to those of its area; another unit is refused."""

    async def asks(client: Any, _: FakeStore, __: FakeCommandClient) -> None:
        for role, unit, status in (
            (Role.UNIT, "U-T", 200),
            (Role.UNIT, "U-V", 403),
            (Role.DISPATCHER, "", 200),
            (Role.DISPATCHER, "U-T", 200),
            (Role.SUPERVISOR, "U-none", 403),
        ):
            answer = await client.get(at(CASE), headers=bearer(tmp_path, role, unit))
            assert answer.status == status, (role, unit)
            if status == 200:
                assert Case.model_validate_json(await answer.read()) == without_reporter_keys(CASE)
                assert b"hash-of-a-person" not in await answer.read()

    run(tmp_path, asks)


def test_words_of_a_confidential_case_are_for_its_unit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dispatcher's platform sees the state of the case but not its text, as on the page."""
    assert CASE.assignment is not None
    secret = CASE.model_copy(update={"confidential": True, "title": "隐情", "answer": "已答复"})
    monkeypatch.setattr("tests.hub.cases.test_http.CASE", secret)

    async def asks(client: Any, _: FakeStore, __: FakeCommandClient) -> None:
        for role, unit, reads in ((Role.UNIT, "U-T", True), (Role.DISPATCHER, "", False)):
            answer = await client.get(at(secret), headers=bearer(tmp_path, role, unit))
            text = await answer.text()
            assert [secret.content in text, "隐情" in text, "已答复" in text] == [reads] * 3
            assert Case.model_validate_json(text).state == secret.state

    run(tmp_path, asks)


def test_an_outcome_is_shown_to_the_sender_and_to_units_of_the_case(tmp_path: Path) -> None:
    """The sender of a command reads its outcome even if the case moved on; others do not."""

    async def asks(client: Any, store: FakeStore, _: FakeCommandClient) -> None:
        wanted = uuid4()
        store.outcomes[str(wanted)] = {
            "command_id": wanted,
            "case_id": CASE.case_id,
            "accepted": True,
            "state": "triage",
            "seq": 3,
            "refusal": "",
            "at": NOON,
        }
        where = f"/api/v1/commands/{wanted}"
        own, other = bearer(tmp_path, Role.UNIT, "U-T"), bearer(tmp_path, Role.UNIT, "U-V")
        assert (await client.get(where, headers=own)).status == 200
        assert (await problem(await client.get(where, headers=other)))[:2] == (403, "not_yours")
        store.issued.add(str(wanted))
        assert (await client.get(where, headers=other)).status == 200

    run(tmp_path, asks)


def test_a_unit_without_a_name_has_no_cases(tmp_path: Path) -> None:
    """A file of callers that was edited by hand opens no case that is not assigned."""
    unassigned = CASE.model_copy(update={"assignment": None})
    assert not may_see(Role.UNIT, "", unassigned, REGISTER)
    assert not may_open(Viewer("x", StaffRole.UNIT), unassigned, REGISTER)
    assert not may_open(Viewer("x", StaffRole.TOWNSHIP), CASE, REGISTER)
    assert scope_of(Viewer("x", StaffRole.UNIT), REGISTER).sql == "0"
    path = tmp_path / "callers.yaml"
    path.write_text("x: {role: unit, unit: '', token_sha256: y}", encoding="utf-8")
    assert load_callers(Settings(data=tmp_path))[0].unit == ""


def test_a_token_that_is_no_text_is_nobody_s(tmp_path: Path) -> None:
    """A header may have any bytes, which arrive as half surrogates (PEP 383)."""
    settings = Settings(data=tmp_path)
    add_caller(settings, "城管所", "unit", "U-T")
    assert caller_of(load_callers(settings), "\udcff\udcfe") is None


def test_the_file_of_callers_has_no_token(tmp_path: Path) -> None:
    """It has only digests; a removed caller is unknown; names are unique; errors name the file."""
    settings = Settings(data=tmp_path)
    token = add_caller(settings, "城管所", "unit", "U-T")
    path = tmp_path / "callers.yaml"
    assert token not in path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(HubError, match="already"):
        add_caller(settings, "城管所", "unit", "U-T")
    with pytest.raises(HubError, match="--unit"):
        add_caller(settings, "谁", "unit", "")
    remove_caller(settings, "城管所")
    assert load_callers(settings) == ()
    with pytest.raises(HubError, match="no caller"):
        remove_caller(settings, "城管所")
    path.write_text("a: [1]", encoding="utf-8")
    with pytest.raises(CallersError, match=r"callers\.yaml"):
        load_callers(settings)


def test_a_case_is_read_by_its_short_number(tmp_path: Path) -> None:
    """The number stands where the id stands, for reading and for commands."""

    async def asks(client: Any, _: FakeStore, commands: FakeCommandClient) -> None:
        headers = bearer(tmp_path, Role.DISPATCHER)
        address = f"/api/v1/cases/{CASE.number}"
        answer = await client.get(address, headers=headers)
        assert (await answer.json())["case_id"] == str(CASE.case_id)
        sent = {"move": "supervise", "reason": "催办"}
        await client.post(f"{address}/commands", json=sent, headers=headers)
        assert commands.received[0].case_id == CASE.case_id
        unknown = await client.get("/api/v1/cases/20260302-09999", headers=headers)
        assert (await problem(unknown))[:2] == (404, "not_found")

    run(tmp_path, asks)
