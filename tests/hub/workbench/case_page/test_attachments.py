"""Attachments on the page of a case: downloads that no browser renders, for those who may read."""

import asyncio
import io
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image

from hub.accounts.staff import StaffRole
from hub.attachments.photos import PhotoFolder
from hub.runtime.paths import DataPaths
from hub.store.client import Store
from hub.workbench.case_page.attachments_http import file_name
from schemas.reports.fact import Attachment
from tests.builders.fortnight import sealed_report
from tests.builders.town import NOON
from tests.hub.workbench.search.test_search import case_of, fill
from tests.hub.workbench.site import Site, serve

SCRIPT = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def picture() -> bytes:
    """Return a JPEG."""
    out = io.BytesIO()
    Image.new("RGB", (800, 600), "green").save(out, "JPEG")
    return out.getvalue()


async def _serve_files() -> TestServer:
    app = web.Application()

    def add(path: str, body: bytes, kind: str) -> None:
        async def answer(_: web.Request) -> web.Response:
            return web.Response(body=body, content_type=kind)

        app.router.add_get(path, answer)

    add("/1.jpg", picture(), "image/jpeg")
    add("/2.svg", SCRIPT, "image/svg+xml")
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    return server


def test_attachments_are_downloads_and_pictures_have_thumbnails(
    store: Store, tmp_path: Path
) -> None:
    """A script in a picture is saved, never shown; the link of the source stays in the hub."""

    async def talk(site: Site) -> None:
        server = await _serve_files()
        links = [str(server.make_url(path)) for path in ("/1.jpg", "/2.svg")]
        named = tuple(
            Attachment(name=name, url=link)
            for name, link in zip(("灯杆.jpg", "<b>图</b>.svg"), links, strict=True)
        )
        report = sealed_report(1, NOON, content="路灯不亮").model_copy(
            update={"attachments": named}
        )
        case = case_of(await asyncio.to_thread(fill, store, report), "n1")
        await site.log_in("主任", StaffRole.CITY)
        page = await site.page(f"/cases/{case.number}")
        assert "<b>图" not in page
        assert server.host not in page
        at = f"/cases/{case.case_id}/reports/{report.event_id}/attachments"
        answer = await site.client.get(f"{at}/1")
        assert await answer.read() == SCRIPT
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        drawn = await site.client.get(f"{at}/0/thumbnail")
        assert (drawn.status, drawn.content_type) == (200, "image/jpeg")
        refused = await site.client.get(f"{at}/1/thumbnail")
        assert (refused.status, (await refused.json())["code"]) == (502, "attachment_away")
        for missing in (
            f"{at}/2",
            f"{at}/x",
            f"{at}/{'9' * 5000}",
            f"/cases/{case.case_id}/reports/x/attachments/0",
        ):
            assert (await site.client.get(missing)).status == 404
        await site.log_in("居委会", StaffRole.UNIT, "U-V")
        assert (await site.client.get(f"{at}/0")).status == 403
        exports = [line for line in site.audit() if line[0] == "export"]
        assert len(exports) == 1
        await server.close()

    serve(store, tmp_path, talk, attachment_hosts="127.0.0.1")


def test_a_photo_of_a_grid_worker_is_read_from_the_data_folder(
    store: Store, tmp_path: Path
) -> None:
    """Its link leads to the hub itself, which needs a session; no request is sent."""
    photo = picture()

    async def talk(site: Site) -> None:
        folder = PhotoFolder(DataPaths(tmp_path).photos)
        name = await folder.keep(photo, "W1", NOON.date())
        links = (f"/patrol/photos/{name}", f"https://hub.example/patrol/photos/{name}")
        foreign = f"https://127.0.0.1/patrol/photos/{name}"
        named = tuple(Attachment(name="照片.jpg", url=link) for link in (*links, foreign))
        report = sealed_report(1, NOON).model_copy(update={"attachments": named})
        case = case_of(await asyncio.to_thread(fill, store, report), "n1")
        await site.log_in("主任", StaffRole.CITY)
        at = f"/cases/{case.case_id}/reports/{report.event_id}/attachments"
        for number in range(2):
            answer = await site.client.get(f"{at}/{number}")
            assert Image.open(io.BytesIO(await answer.read())).size == (800, 600)
            drawn = await site.client.get(f"{at}/{number}/thumbnail")
            assert (drawn.status, drawn.content_type) == (200, "image/jpeg")
        assert (await site.client.get(f"{at}/2")).status == 502

    serve(store, tmp_path, talk, overview_url="https://hub.example")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("灯杆.jpg", "灯杆.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\资料\\照片.png", "照片.png"),
        ("\u202egpj.exe", "gpj.exe"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie: x.txt"),
        ("", "附件"),
        ("...", "附件"),
        ("长" * 300 + ".jpg", "长" * 80 + ".jpg"),
    ],
)
def test_names_of_files_are_harmless(name: str, safe: str) -> None:
    """No path, no control characters, none that change the direction of writing."""
    assert file_name(name) == safe
