"""The public lists of Open311 are correct and bounded."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from hub.settings import Settings
from hub.store.client import Store
from schemas.channel import Channel
from schemas.topic import CASES, DISPOSITIONS, EVENTS
from streams.case.state import PartitionState
from streams.steps import event as receive
from tests.builders.intake import Intake, running
from tests.builders.stored import keep
from tests.builders.town import REGISTER, event

LIST = "/open311/v2/requests.json"


@pytest.fixture
def reports(store: Store) -> list[str]:
    """Fill the store with three reports of Open311 and one of another channel; return their ids."""
    state, entries, dispositions, events = PartitionState(), list[Any](), list[Any](), list[Any]()
    for number, channel in enumerate((*[Channel.OPEN311] * 3, Channel.HOTLINE_12345)):
        report = event(f"r{number}", channel=channel, category="facility.road")
        report = report.model_copy(update={"native": {"media_url": ["https://e.org/1.jpg"]}})
        effects = receive.step(state, report, REGISTER)
        state.apply(effects)
        events.append(report)
        entries += effects.case_events
        dispositions.append(effects.disposition)
    keep(store, EVENTS.name, *events)
    keep(store, CASES.name, *entries)
    keep(store, DISPOSITIONS.name, *dispositions)
    return ["r0", "r1", "r2"]


def ask(folder: Path, store: Store, talk: Any, **settings: Any) -> None:
    """Run `talk` against an intake that reads the test's store."""

    async def scenario() -> None:
        async with running(Settings(data=folder, **settings)) as intake:
            intake.reads(store.named)
            await talk(intake)

    asyncio.run(scenario())


def test_a_list_has_each_report_with_the_state_of_its_case(
    store: Store, reports: list[str], tmp_path: Path
) -> None:
    """Lists by id, by status or without a filter leave out reports of other channels."""

    async def talk(intake: Intake) -> None:
        listed = await (await intake.client.get(LIST)).json()
        assert {row["service_request_id"] for row in listed} == set(reports)
        assert all(row["status_notes"] == "assigned" for row in listed)
        assert all(row["updated_datetime"] for row in listed)
        row = await (await intake.client.get("/open311/v2/requests/r1.json")).json()
        assert [each["service_request_id"] for each in row] == ["r1"]
        assert (row[0]["expected_datetime"] != "", row[0]["media_url"]) == (True, "")
        key = {"X-Api-Key": intake.credentials.value("open311", "api_key")}
        (own,) = await (await intake.client.get("/open311/v2/requests/r1.json", headers=key)).json()
        assert own["media_url"] == "https://e.org/1.jpg"
        some = await (await intake.client.get(f"{LIST}?service_request_id=r0,r2,r9")).json()
        assert {each["service_request_id"] for each in some} == {"r0", "r2"}
        assert await (await intake.client.get(f"{LIST}?status=closed")).json() == []
        assert len(await (await intake.client.get(f"{LIST}?status=open,closed")).json()) == 3

    ask(tmp_path, store, talk)


def test_unknown_parameters_are_refused_in_the_standards_form(store: Store, tmp_path: Path) -> None:
    """Unknown names and statuses, and times far away, get 400 with a sentence."""

    async def talk(intake: Intake) -> None:
        for query in (
            "statu=open",
            "page=1",
            "status=finished",
            "start_date=x",
            "end_date=9999-12-31",
            "start_date=0001-01-01T00:00:00Z",
            f"end_date={'9' * 30}",
            "start_date=1969-01-01",
        ):
            answer = await intake.client.get(f"{LIST}?{query}")
            assert answer.status == 400, query
            (error,) = await answer.json()
            assert error["code"] == 400
            assert query.split("=")[0] in error["description"]

    ask(tmp_path, store, talk)


def test_requests_of_an_address_are_limited(store: Store, tmp_path: Path) -> None:
    """Beyond the limit, lists and single reports get 429; other addresses do not."""

    async def talk(intake: Intake) -> None:
        own_headers = {"X-Forwarded-For": "192.0.2.1"}
        for path in (LIST, "/open311/v2/requests/r1.json"):
            answer = await intake.client.get(path, headers=own_headers)
            assert answer.status in (200, 404)
        for path in (LIST, "/open311/v2/requests/r1.xml"):
            answer = await intake.client.get(path, headers=own_headers)
            assert (answer.status, (await answer.json())["code"]) == (429, "too_often")
            assert int(answer.headers["Retry-After"]) > 0
        other = await intake.client.get(LIST, headers={"X-Forwarded-For": "192.0.2.2"})
        assert other.status == 200

    ask(tmp_path, store, talk, open311_limit="2/minute", proxies=1)
