"""What the Open311 address takes, and what it refuses before it draws an id."""

import json
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from aiohttp import FormData

from connectors.contract import DecodeContext
from connectors.open311 import CONNECTOR
from schemas.reports.fact import Fact
from tests.builders.intake import Intake, with_intake

POST = "/open311/v2/requests.json"
FIELDS = {"service_code": "order.parking", "address_string": "育才路"}


def key_of(intake: Intake) -> str:
    """Return the key of the app."""
    return intake.credentials.value("open311", "api_key")


def facts_of(intake: Intake) -> list[Fact]:
    """Return the facts of what was kept; nothing that was answered with an id has a fault."""
    decoded = CONNECTOR.decode_batch(intake.kept, DecodeContext())
    assert not [fault for each in decoded for fault in each.faults]
    return [fact for each in decoded for fact in each.facts]


def test_forms_multipart_and_json_are_taken(tmp_path: Path) -> None:
    """Each is answered 201 with its id, under which its fact stands."""

    async def talk(intake: Intake) -> None:
        fields = {**FIELDS, "api_key": key_of(intake)}
        multipart = FormData(fields)
        multipart.add_field("media", b"\xff\xd8", filename="a.jpg", content_type="image/jpeg")
        ids = []
        for sent in ({"data": fields}, {"data": multipart}, {"json": fields}):
            answer = await intake.client.post(POST, **sent)
            assert answer.status == 201
            ids.append((await answer.json())[0]["service_request_id"])
        facts = facts_of(intake)
        assert [fact.native_id for fact in facts] == ids
        assert {fact.place.text for fact in facts} == {"育才路"}
        assert [attachment.name for attachment in facts[1].attachments] == ["a.jpg"]

    with_intake(tmp_path, talk)


@pytest.mark.parametrize(
    "place",
    [
        {"lat": "30.05"},
        {"long": "114.9", "address_string": "育才路"},
        {"lat": "95", "long": "400"},
        {"lat": "0", "long": "0"},
        {"lat": "40.7128", "long": "-74.006"},
        {"lat": "x", "long": "114.9", "address_string": "育才路"},
    ],
)
def test_a_place_that_is_none_is_answered_at_once(tmp_path: Path, place: dict[str, str]) -> None:
    """400 in the standard's form, in a form and in JSON; nothing is kept."""

    async def talk(intake: Intake) -> None:
        fields = {"service_code": "order.parking", "api_key": key_of(intake), **place}
        for sent in ({"data": fields}, {"json": fields}):
            answer = await intake.client.post(POST, **sent)
            (error,) = await answer.json()
            assert (answer.status, error["code"]) == (400, 400)
            assert "lat" in error["description"] or "long" in error["description"]
        assert intake.kept == []

    with_intake(tmp_path, talk)


def test_the_key_may_stand_in_a_header_or_in_the_address(tmp_path: Path) -> None:
    """As for GET; a wrong one is 403."""

    async def talk(intake: Intake) -> None:
        key = key_of(intake)
        for sent in ({"headers": {"X-Api-Key": key}}, {"params": {"api_key": key}}):
            assert (await intake.client.post(POST, data=FIELDS, **sent)).status == 201
        for sent in ({}, {"params": {"api_key": "no"}}):
            assert (await intake.client.post(POST, data=FIELDS, **sent)).status == 403
        assert len(facts_of(intake)) == 2

    with_intake(tmp_path, talk)


def test_a_token_is_answered_with_its_id(tmp_path: Path) -> None:
    """POST answers with the id at once; clients that still ask get the same back."""

    async def talk(intake: Intake) -> None:
        fields = {**FIELDS, "api_key": key_of(intake)}
        (posted,) = await (await intake.client.post(POST, data=fields)).json()
        token = posted["service_request_id"]
        answer = await intake.client.get(f"/open311/v2/tokens/{token}.json")
        assert await answer.json() == [{"service_request_id": token, "token": token}]
        text = await (await intake.client.get(f"/open311/v2/tokens/{token}.xml")).text()
        assert fromstring(text).findtext("request/service_request_id") == token
        unknown = await intake.client.get("/open311/v2/tokens/123.json")
        (error,) = await unknown.json()
        assert (unknown.status, error["code"]) == (404, 404)

    with_intake(tmp_path, talk)


def test_what_is_no_request_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """A list of two, damaged JSON, XML: the answer says what to send."""

    async def talk(intake: Intake) -> None:
        for body, words in (
            (json.dumps([FIELDS, FIELDS]), "one service request"),
            ('{"service_code": ', "JSON"),
            ("<request/>", "form"),
        ):
            answer = await intake.client.post(POST, data=body)
            (error,) = await answer.json()
            assert answer.status == 400
            assert words in error["description"]
        assert intake.kept == []

    with_intake(tmp_path, talk)
