"""Former faults at the intake that a stranger or a sender could trigger."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from hub.intake.http import spent_nonces
from hub.settings import Settings
from schemas.reports.raw import RawMessage, Transport
from tests.builders.intake import Intake, running


def run_talk(folder: Path, talk: Any) -> None:
    """Run `talk` against an intake."""

    async def scenario() -> None:
        async with running(Settings(data=folder)) as intake:
            await talk(intake)

    asyncio.run(scenario())


@pytest.mark.parametrize("name", ["X-Hub-Nonce", "x-hub-nonce", "X-HUB-NONCE"])
def test_a_restart_knows_a_nonce_however_its_header_was_spelt(name: str) -> None:
    """HTTP/2 writes the names of headers in lower case."""
    raw = RawMessage(
        receipt_id=uuid4(),
        channel="hotline_12345",
        transport=Transport.HTTP,
        received_at=datetime(2026, 3, 2, tzinfo=UTC),
        headers={name: "abc"},
        body=b"{}",
    )
    assert [nonce for nonce, _ in spent_nonces([raw], 300)] == ["hotline_12345:abc"]


def test_the_form_of_the_tracking_page_leads_to_the_page_of_a_code(tmp_path: Path) -> None:
    """Its redirect is an answer of the intake, not a problem."""

    async def talk(intake: Intake) -> None:
        answer = await intake.client.get(
            "/t", params={"code": "AAAA-AAAA-AAAA-AAAA"}, allow_redirects=False
        )
        assert answer.status == 302
        assert answer.headers["Location"] == "/t/AAAAAAAAAAAAAAAA"

    run_talk(tmp_path, talk)


@pytest.mark.parametrize(
    "query", ["service_request_id=a%00b", "service_code=%00%01%0b", "status=open&status=closed"]
)
def test_a_list_refuses_malformed_parameters(tmp_path: Path, query: str) -> None:
    """Unprintable characters and repeated parameters are refused."""

    async def talk(intake: Intake) -> None:
        answer = await intake.client.get(f"/open311/v2/requests.json?{query}")
        assert answer.status == 400

    run_talk(tmp_path, talk)


@pytest.mark.parametrize(
    ("lat", "long"), [("nan", "115"), ("30", "inf"), ("91", "181"), ("x", "1")]
)
def test_a_request_without_a_place_on_earth_is_refused_at_once(
    tmp_path: Path, lat: str, long: str
) -> None:
    """The sender gets 400, and no id of a report that could never be read."""

    async def talk(intake: Intake) -> None:
        key = intake.credentials.value("open311", "api_key")
        form = {"api_key": key, "service_code": "facility.road", "lat": lat, "long": long}
        answer = await intake.client.post("/open311/v2/requests.json", data=form)
        assert answer.status == 400
        assert intake.kept == []

    run_talk(tmp_path, talk)
