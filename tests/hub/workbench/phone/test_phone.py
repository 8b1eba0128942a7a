"""The phone page: a grid worker sees and records his own grids only, and nothing counts twice."""

import json
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientResponse
from PIL import Image

from connectors.contract import DecodeContext
from connectors.grid_patrol import decode
from hub.accounts.staff import StaffRole
from hub.runtime.paths import DataPaths
from hub.security.credentials import load_or_create_credentials
from hub.settings import Settings
from hub.store.client import Store
from hub.store.registers import store_registers
from schemas.cases.case import CaseEvent
from schemas.channel import Channel
from schemas.reports.fact import Fact, Kind
from schemas.reports.raw import RawMessage, Transport
from schemas.topic import CASES
from schemas.town.patrol import Does, Every, Household, Patrols, Plan, Posting
from streams.case.state import PartitionState
from streams.steps import event as receive
from tests.builders.stored import keep
from tests.builders.town import REGISTER, TOWN, event
from tests.hub.workbench.signed_intake import SignedIntake
from tests.hub.workbench.site import Site, latin_words, serve
from tests.integration.parts import free_port

TODAY = date(2026, 1, 1)
PATROLS = Patrols(
    workers=(
        Posting(code="W1", grid_code="G1"),
        Posting(code="W2", grid_code="G2"),
        Posting(code="W3", grid_code="G1", until=date(2020, 1, 1)),
    ),
    households=(Household(code="H1", grid_code="G1"), Household(code="H2", grid_code="G2")),
    plans=(
        Plan(id="daily", name="每日巡查", does=Does.CHECK, every=Every.DAY, since=TODAY),
        Plan(
            id="home",
            name="每周走访",
            does=Does.VISIT,
            every=Every.WEEK,
            whom="households",
            since=TODAY,
        ),
    ),
    lines=(1, 2),
)


@pytest.fixture
def intake(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> SignedIntake:
    """Return an intake that does not run yet; the store has two grids with a case each."""
    port = free_port()
    monkeypatch.setenv("HUB_INTAKE_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("HUB_OVERVIEW_URL", "https://hub.example")
    store_registers(store, TOWN, PATROLS, datetime.now(UTC))
    settings = Settings(data=tmp_path)
    load_or_create_credentials(settings)
    return SignedIntake(settings, port, Channel.GRID_PATROL)


def keep_cases(store: Store) -> dict[str, str]:
    """Store a case in each grid; return their ids by grid."""
    state, ids, entries = PartitionState(), {}, list[CaseEvent]()
    now = datetime.now(UTC) - timedelta(hours=1)
    for grid in ("G1", "G2"):
        document = event(f"c-{grid}", grid=grid, content=f"{grid}楼道堆放杂物")
        document = document.model_copy(update={"received_at": now, "occurred_at": now})
        effects = receive.step(state, document, REGISTER)
        state.apply(effects)
        entries += effects.case_events
        ids[grid] = str(effects.case_events[0].case_id)
    keep(store, CASES.name, *entries)
    return ids


def record(**changes: Any) -> dict[str, Any]:
    """Return a record as the page sends it."""
    at = datetime.now(UTC).isoformat()
    return {
        "id": str(uuid4()),
        "type": "report",
        "at": at,
        "grid": "G1",
        "text": "井盖破损",
    } | changes


def photo(colour: str = "red") -> tuple[str, bytes]:
    """Return name and bytes of a photo that has the position of its camera in it."""
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    buffer = BytesIO()
    Image.new("RGB", (40, 30), colour).save(buffer, "JPEG", exif=exif)
    return f"{sha256(buffer.getvalue()).hexdigest()}.jpg", buffer.getvalue()


def decoded_fact(body: bytes) -> Fact:
    """Return what the channel's connector reads of a message with one line."""
    raw = RawMessage(
        receipt_id=uuid4(),
        channel=Channel.GRID_PATROL,
        transport=Transport.HTTP,
        received_at=datetime.now(UTC),
        body=body,
    )
    decoded = decode(raw, DecodeContext())
    assert not decoded.faults
    (fact,) = decoded.facts
    return fact


async def post(site: Site, body: dict[str, Any] | bytes, **headers: str) -> ClientResponse:
    """Send a record with the token of the session."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await site.client.post(
        "/patrol/records", data=data, headers={"X-CSRF-Token": site.csrf, **headers}
    )


async def put(site: Site, name: str, content: bytes) -> ClientResponse:
    """Send a photo."""
    headers = {"X-CSRF-Token": site.csrf}
    return await site.client.put(f"/patrol/photos/{name}", data=content, headers=headers)


def test_a_worker_sees_his_own_grids(store: Store, tmp_path: Path, intake: SignedIntake) -> None:
    """Duties, cases and households of other grids are not in the data; the page has none at all."""
    del intake
    ids = keep_cases(store)

    async def talk(site: Site) -> None:
        assert await site.redirect("/patrol") == "/?next=/patrol"
        await site.log_in("小李", StaffRole.GRID_WORKER, "W1")
        page = await site.page("/patrol")
        assert "楼道" not in page
        assert latin_words(page) == []
        data = await (await site.client.get("/patrol/data")).json()
        assert data["time_zone"] == "Asia/Shanghai"
        assert [grid["code"] for grid in data["grids"]] == ["G1"]
        assert [case["id"] for case in data["cases"]] == [ids["G1"]]
        assert [home["code"] for home in data["households"]] == ["H1"]
        assert {duty["name"] for duty in data["duties"]} == {"每日巡查", "每周走访"}
        assert {duty["record"]["grid"] for duty in data["duties"]} == {"G1"}
        (daily,) = [duty for duty in data["duties"] if duty["name"] == "每日巡查"]
        assert daily["today"]
        assert daily["until"].endswith("T00:00:00+08:00")

    serve(store, tmp_path, talk)


def test_a_record_is_a_line_of_the_channel(
    store: Store, tmp_path: Path, intake: SignedIntake
) -> None:
    """The connector reads it as it reads that of an app; a repetition has the same native id."""
    ids = keep_cases(store)

    async def talk(site: Site) -> None:
        await site.log_in("小李", StaffRole.GRID_WORKER, "W1")
        name, content = photo()
        async with intake.running():
            assert (await put(site, name, content)).status == 200
            sent = record(photos=[name], urgent=True, lon=114.9, lat=30.05)
            for _ in range(2):
                assert (await post(site, sent)).status == 200
            visit = record(type="check", text="", case_id=ids["G1"])
            assert (await post(site, visit)).status == 200
        first, again, check = [decoded_fact(body) for body in intake.bodies]
        assert first.native_id == again.native_id == f"W1-{sent['id']}"
        assert first.kind is Kind.REPORT
        assert first.worker == "W1"
        assert first.place.grid_code == "G1"
        assert first.attachments[0].url == f"https://hub.example/patrol/photos/{name}"
        assert str(check.attends) == ids["G1"]

    serve(store, tmp_path, talk)


REFUSED: tuple[tuple[dict[str, Any], int], ...] = (
    ({"grid": "G2"}, 403),
    ({"type": "visit", "household": "H2"}, 403),
    ({"text": "   "}, 400),
    ({"type": "visit"}, 400),
    ({"type": "report", "case_id": str(uuid4())}, 400),
    ({"type": "check", "case_id": str(uuid4())}, 403),
    ({"workerId": "W2"}, 400),
    ({"at": "yesterday"}, 400),
    ({"lon": 500.0}, 400),
    ({"category": "no.such"}, 400),
    ({"photos": ["../../seal.key"]}, 400),
    ({"photos": ["0" * 64 + ".jpg"]}, 400),
    ({"text": "长" * 2001}, 400),
)


def test_what_is_not_his_or_not_valid_is_refused(
    store: Store, tmp_path: Path, intake: SignedIntake
) -> None:
    """The phone learns why, and keeps the record; nothing reaches the intake."""

    async def talk(site: Site) -> None:
        await site.log_in("小李", StaffRole.GRID_WORKER, "W1")
        async with intake.running():
            for changes, status in REFUSED:
                answer = await post(site, record(**changes))
                assert answer.status == status, (changes, await answer.text())
                assert (await answer.json())["detail"]
        assert intake.bodies == []

    serve(store, tmp_path, talk)


def test_a_posting_that_has_ended_sees_and_sends_nothing(
    store: Store, tmp_path: Path, intake: SignedIntake
) -> None:
    """His log-in still works, so that he can read that he has no grid."""
    del intake
    keep_cases(store)

    async def talk(site: Site) -> None:
        await site.log_in("老王", StaffRole.GRID_WORKER, "W3")
        data = await (await site.client.get("/patrol/data")).json()
        assert data["grids"] == data["cases"] == data["duties"] == data["households"] == []
        assert (await post(site, record())).status == 403

    serve(store, tmp_path, talk)


def test_the_phone_keeps_a_record_while_the_intake_is_away(
    store: Store, tmp_path: Path, intake: SignedIntake
) -> None:
    """503 tells it to send again; a wrong token or other site is refused."""
    del intake

    async def talk(site: Site) -> None:
        await site.log_in("小李", StaffRole.GRID_WORKER, "W1")
        assert (await post(site, record())).status == 503
        assert (await post(site, record(), **{"X-CSRF-Token": "x"})).status == 400
        assert (await post(site, record(), Origin="https://evil.example")).status in (400, 403)
        assert (await post(site, b"{" * 70_000)).status == 413

    serve(store, tmp_path, talk)


def test_only_pictures_are_kept_and_without_data_of_the_camera(
    store: Store, tmp_path: Path, intake: SignedIntake
) -> None:
    """Other files, other names and too large ones are refused; staff of an office read a photo."""
    del intake

    async def talk(site: Site) -> None:
        await site.log_in("小李", StaffRole.GRID_WORKER, "W1")
        name, content = photo()
        for _ in range(2):
            assert (await put(site, name, content)).status == 200
        script = b"<svg onload=alert(1)>"
        assert (await put(site, name, content + b"x")).status == 400
        assert (await put(site, f"{sha256(script).hexdigest()}.jpg", script)).status == 400
        assert (await put(site, "x.jpg", content)).status == 404
        assert (await put(site, name, b"x" * 900_001)).status == 413
        (kept,) = DataPaths(site.settings.data).photos.glob("*/*")
        assert b"secret place" not in kept.read_bytes()
        assert kept.stat().st_mode & 0o077 == 0
        assert (await site.client.get(f"/patrol/photos/{name}")).status == 403
        await site.log_in("小周", StaffRole.CITY)
        answer = await site.client.get(f"/patrol/photos/{name}")
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert Image.open(BytesIO(await answer.read())).size == (40, 30)
        assert ("export", f"photo {name}") in [(line[0], line[4]) for line in site.audit()]
        assert (await site.client.get(f"/patrol/photos/{'0' * 64}.jpg")).status == 404

    serve(store, tmp_path, talk)


@pytest.mark.parametrize(
    "path", ["/work", "/work/queues/open", "/work/live", "/work/new", "/work/design"]
)
def test_a_worker_has_no_other_page(
    store: Store, tmp_path: Path, intake: SignedIntake, path: str
) -> None:
    """Pages of the offices are refused; the workbench itself leads to the phone page."""
    del intake

    async def talk(site: Site) -> None:
        await site.log_in("小李", StaffRole.GRID_WORKER, "W1")
        answer = await site.client.get(path, allow_redirects=False)
        expected = (303, "/patrol") if path == "/work" else (403, None)
        assert (answer.status, answer.headers.get("Location")) == expected

    serve(store, tmp_path, talk)


def test_staff_of_an_office_have_no_phone_page(
    store: Store, tmp_path: Path, intake: SignedIntake
) -> None:
    """They have no grids; a record has the code of a worker."""
    del intake

    async def talk(site: Site) -> None:
        await site.log_in("小周", StaffRole.CITY)
        for path in ("/patrol", "/patrol/data"):
            assert (await site.client.get(path)).status == 403
        assert (await post(site, record())).status == 403

    serve(store, tmp_path, talk)


def test_the_installed_parts_need_no_session(
    store: Store, tmp_path: Path, intake: SignedIntake
) -> None:
    """Manifest, icon and service worker have no data, and every file that is kept exists."""
    del intake

    async def talk(site: Site) -> None:
        manifest = await (await site.client.get("/patrol/manifest.webmanifest")).json()
        assert manifest["start_url"] == manifest["scope"] == "/patrol"
        worker = await site.client.get("/patrol/worker.js")
        assert worker.headers["Service-Worker-Allowed"] == "/patrol"
        text = await worker.text()
        files = [line for line in text.split('"') if line.startswith(("/patrol/", "/work/static/"))]
        assert len(files) >= 8
        for file in files:
            assert (await site.client.get(file)).status == 200, file

    serve(store, tmp_path, talk)
