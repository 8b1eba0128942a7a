"""The parts of an Open311 request that are public, and those that need the app's key."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, cast
from xml.etree.ElementTree import fromstring

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from hub.intake.open311 import BASE, Open311
from hub.intake.receiver import Receiver
from hub.security.credentials import Credentials
from hub.settings import Settings
from hub.store.reader import Reader
from hub.web.body import Bodies

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ROW = {
    "id": "a1",
    "service_code": "facility.streetlight",
    "description": "三楼老王家门口路灯不亮",
    "requested_datetime": AT,
    "lat": 30.0512345,
    "lon": 114.9012345,
    "address": "幸福里3栋302",
    "state": "handling",
    "updated_datetime": AT,
    "agency": "城管局",
    "expected_datetime": AT,
    "native": '{"media_url": ["https://e.org/1.jpg", "https://e.org/2.jpg"], "zipcode": "435100"}',
}


class Rows:
    """A reader that has one request."""

    def rows(self, _: str, __: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the request for any query."""
        return [dict(ROW)]


def run_talk(talk: Callable[[TestClient], Awaitable[None]]) -> None:
    """Run `talk` with a client of the Open311 addresses."""

    async def scenario() -> None:
        app = web.Application()
        credentials = Credentials({"open311": {"api_key": "k1"}})
        reader, none = cast(Reader, Rows()), cast(Any, None)
        receiver, bodies = cast(Receiver, none), cast(Bodies, none)
        Open311(Settings(), receiver, credentials, reader, bodies).add_to(app)
        async with TestClient(TestServer(app)) as client:
            await talk(client)

    asyncio.run(scenario())


def test_without_a_key_no_text_is_shown() -> None:
    """Service, status and times; the place to about 100 m; description and address are empty."""

    async def talk(client: TestClient) -> None:
        for path in ("requests.json", "requests.json?service_request_id=a1", "requests/a1.json"):
            (row,) = await (await client.get(f"{BASE}/{path}")).json()
            assert (row["description"], row["address"]) == ("", "")
            assert (row["lat"], row["long"]) == (30.051, 114.901)
            assert (row["service_request_id"], row["status"]) == ("a1", "open")
            assert row["service_name"]
        text = await (await client.get(f"{BASE}/requests.xml")).text()
        assert fromstring(text).findtext("request/description") == ""
        assert "幸福里" not in text

    run_talk(talk)


def test_an_app_reads_the_text_of_a_request_by_its_id() -> None:
    """The key, in a header or a parameter, shows the text of one request, never of a list."""

    async def talk(client: TestClient) -> None:
        own = {"headers": {"X-Api-Key": "k1"}}
        for path in ("requests/a1.json", "requests.json?service_request_id=a1"):
            (row,) = await (await client.get(f"{BASE}/{path}", **own)).json()
            assert (row["description"], row["address"]) == (ROW["description"], ROW["address"])
            assert row["lat"] == ROW["lat"]
        (row,) = await (await client.get(f"{BASE}/requests/a1.json?api_key=k1")).json()
        assert row["description"] == ROW["description"]
        (row,) = await (await client.get(f"{BASE}/requests.json", **own)).json()
        assert row["description"] == ""

    run_talk(talk)


def test_a_wrong_key_is_refused() -> None:
    """The answer is not the public one; its sentence states what to do."""

    async def talk(client: TestClient) -> None:
        for path in ("requests.json", "requests/a1.json"):
            answer = await client.get(f"{BASE}/{path}?api_key=no")
            assert answer.status == 403
            (row,) = await answer.json()
            assert "leave it out" in row["description"]

    run_talk(talk)


def test_photos_and_postcode_are_shown_to_the_app_only() -> None:
    """One photo is a text as in the standard, several are a list; anybody sees when it is due."""

    async def talk(client: TestClient) -> None:
        (row,) = await (await client.get(f"{BASE}/requests/a1.json")).json()
        assert (row["media_url"], row["zipcode"]) == ("", "")
        assert row["expected_datetime"] == AT.isoformat()
        (row,) = await (await client.get(f"{BASE}/requests/a1.json?api_key=k1")).json()
        assert row["media_url"] == ["https://e.org/1.jpg", "https://e.org/2.jpg"]
        assert row["zipcode"] == "435100"
        text = await (await client.get(f"{BASE}/requests/a1.xml?api_key=k1")).text()
        urls = [node.text for node in fromstring(text).findall("request/media_url")]
        assert urls == ["https://e.org/1.jpg", "https://e.org/2.jpg"]

    run_talk(talk)
