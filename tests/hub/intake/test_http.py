"""The responses of the intake, and the data that is durable before them."""

import gzip
import json
from pathlib import Path
from xml.etree.ElementTree import fromstring

from aiohttp import ClientResponse

from hub.journal.journal import JournalFullError
from hub.web.problem import RETRY_AFTER
from hub.web.signature import NONCE, signed_headers
from tests.builders.intake import Intake, with_intake

ORDER = json.dumps({"workOrderNo": "1", "callTime": "2026-03-02 08:00", "content": "停水"}).encode()
HOTLINE = "/v1/intake/hotline_12345"


async def push(
    intake: Intake, body: bytes = ORDER, path: str = HOTLINE, **more: str
) -> ClientResponse:
    """Push a body, signed by the channel's secret."""
    secret = intake.credentials.value(path.rpartition("/")[2], "secret")
    headers = {"Content-Type": "application/json", **signed_headers(secret, body), **more}
    return await intake.client.post(path, data=body, headers=headers)


async def refused(answer: ClientResponse, status: int, code: str) -> None:
    """Check that an answer is a problem with this status and code."""
    assert answer.status == status, await answer.text()
    assert answer.content_type == "application/problem+json"
    assert json.loads(await answer.text())["code"] == code


def test_a_push_is_durable_before_its_202(tmp_path: Path) -> None:
    """The journal holds the exact bytes; compressed bodies stay compressed."""

    async def talk(intake: Intake) -> None:
        packed = gzip.compress(ORDER)
        first, second = (
            await push(intake),
            await push(intake, packed, **{"Content-Encoding": "gzip"}),
        )
        assert first.status == second.status == 202
        assert [raw.body for raw in intake.kept] == [ORDER, packed]
        assert (await first.json())["receipt_id"] == str(intake.kept[0].receipt_id)
        assert intake.kept[1].headers["Content-Encoding"] == "gzip"
        assert not any("Signature" in name for name in intake.kept[0].headers)
        metrics = await (await intake.client.get("/metrics")).text()
        assert 'minqing_received_total{channel="hotline_12345",transport="http"} 2.0' in metrics
        assert "minqing_journal_waiting 2.0" in metrics

    with_intake(tmp_path, talk)


def test_a_refused_push_has_its_reason(tmp_path: Path) -> None:
    """Unknown channel, wrong signature, empty, too large, unknown coding: nothing is stored."""

    async def talk(intake: Intake) -> None:
        await refused(await push(intake, path="/v1/intake/nowhere"), 404, "unknown_channel")
        # A channel that is polled or dropped takes no pushes.
        await refused(await push(intake, path="/v1/intake/leader_board"), 404, "unknown_channel")
        await refused(await push(intake, **{"X-Hub-Signature": "sha256=0"}), 401, "bad_signature")
        await refused(await push(intake, **{"X-Hub-Timestamp": "1"}), 401, "stale")
        await refused(await push(intake, b""), 400, "empty")
        await refused(await push(intake, b"x" * 2000), 413, "too_large")
        await refused(await push(intake, **{"Content-Encoding": "br"}), 415, "unsupported_encoding")
        await refused(await intake.client.get(HOTLINE), 405, "method_not_allowed")
        await refused(await intake.client.get("/nowhere"), 404, "not_found")
        assert intake.kept == []

    with_intake(tmp_path, talk, max_body=1000)


def test_a_repeated_request_is_refused(tmp_path: Path) -> None:
    """The same signed request is accepted only once."""

    async def talk(intake: Intake) -> None:
        secret = intake.credentials.value("hotline_12345", "secret")
        headers = signed_headers(secret, ORDER)
        assert (await intake.client.post(HOTLINE, data=ORDER, headers=headers)).status == 202
        await refused(
            await intake.client.post(HOTLINE, data=ORDER, headers=headers), 401, "replayed"
        )
        assert len(intake.kept) == 1

    with_intake(tmp_path, talk)


def test_a_failing_journal_answers_503(tmp_path: Path) -> None:
    """A failing journal gives 503 with Retry-After; the same request succeeds once it works."""

    async def talk(intake: Intake) -> None:
        append = intake.journal.append

        def full(_: object) -> list[bool]:
            raise JournalFullError("disk full")

        intake.journal.append = full  # type: ignore[method-assign]
        secret = intake.credentials.value("hotline_12345", "secret")
        headers = signed_headers(secret, ORDER)
        answer = await intake.client.post(HOTLINE, data=ORDER, headers=headers)
        assert answer.headers["Retry-After"] == str(RETRY_AFTER)
        await refused(answer, 503, "journal_full")
        intake.journal.append = append  # type: ignore[method-assign]
        assert (await intake.client.post(HOTLINE, data=ORDER, headers=headers)).status == 202
        assert headers[NONCE] == intake.kept[0].headers[NONCE]

    with_intake(tmp_path, talk)


def test_open311_speaks_json_and_xml(tmp_path: Path) -> None:
    """Discovery, services, a request with an immediate id, and errors in the standard's form."""

    async def talk(intake: Intake) -> None:
        get, base = intake.client.get, "/open311/v2"
        discovery = fromstring(await (await get(f"{base}/discovery.xml")).text())
        assert discovery.findtext("endpoints/endpoint/specification", "").endswith("GeoReport_v2")
        services = await (await get(f"{base}/services.json")).json()
        assert {"service_code", "service_name", "metadata", "type"} <= services[0].keys()
        code = services[0]["service_code"]
        definition = await (await get(f"{base}/services/{code}.json")).json()
        assert definition == {"service_code": code, "attributes": []}
        key = intake.credentials.value("open311", "api_key")
        form = {"api_key": key, "service_code": code, "lat": "30.05", "long": "114.9"}
        taken = await intake.client.post(f"{base}/requests.xml", data=form)
        number = fromstring(await taken.text()).findtext("request/service_request_id")
        assert taken.status == 201
        assert intake.kept[0].headers["x-service-request-id"] == number
        for wrong, status in (
            ({**form, "api_key": "x"}, 403),
            ({**form, "service_code": "x"}, 400),
            ({"api_key": key, "service_code": code}, 400),
        ):
            answer = await intake.client.post(f"{base}/requests.json", data=wrong)
            assert answer.status == status
            assert (await answer.json())[0]["code"] == status
        assert (await get(f"{base}/services/none.xml")).status == 404
        assert len(intake.kept) == 1

    with_intake(tmp_path, talk)


def test_replay_needs_the_admin(tmp_path: Path) -> None:
    """A request without the token, or with an invalid one, replays nothing."""

    async def talk(intake: Intake) -> None:
        post = intake.client.post
        await refused(await post("/v1/admin/replay", json={"rejected_ids": []}), 401, "bad_token")
        admin = {"Authorization": f"Bearer {intake.credentials.value('admin', 'token')}"}
        for nonsense in ({}, {"rejected_ids": ["x"]}, {"rejected_ids": 5}, []):
            answer = await post("/v1/admin/replay", json=nonsense, headers=admin)
            await refused(answer, 400, "bad_request")

    with_intake(tmp_path, talk)
