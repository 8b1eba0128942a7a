"""The form 办结并答复 with photos: what is kept, what is refused, and who sees the photos."""

import io
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientResponse, FormData
from PIL import Image

from hub.accounts.staff import StaffRole
from hub.attachments.photos import PhotoFolder
from hub.runtime.paths import DataPaths
from hub.store.client import Store
from hub.workbench.case_page.photos import names_of, photo_addresses
from hub.workbench.file_form import LARGEST_FILE
from schemas.cases.case import Case, Move
from schemas.topic import CASES
from tests.builders.commands import ask
from tests.builders.fortnight import sealed_report
from tests.builders.stored import keep
from tests.builders.town import NOON
from tests.hub.workbench.case_page.test_page import lamp_case
from tests.hub.workbench.search.test_search import case_of, fill
from tests.hub.workbench.site import HTML, Site, serve

ANSWER = "灯泡已更换，路灯恢复照明"
ORIENTATION, DESCRIPTION = 0x0112, 0x010E


def photo(kind: str = "JPEG", colour: str = "green") -> bytes:
    """Return a photo that was taken with the camera turned, with a description in it."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[DESCRIPTION] = 6, "secret place"
    out = io.BytesIO()
    Image.new("RGB", (80, 60), colour).save(out, kind, exif=exif)
    return out.getvalue()


async def resolve(
    site: Site, of: Case, *files: bytes, photos: tuple[str, ...] = (), **fields: Any
) -> ClientResponse:
    """Send the form as a browser without scripts does."""
    texts = {
        "csrf": site.csrf,
        "move": "resolve",
        "case": f"{of.case_id}.{of.seq}",
        "answer": ANSWER,
        "reason": "已经办理完毕",
        **fields,
    }
    form = FormData()
    for name, text in [*texts.items(), *(("photo", name) for name in photos)]:
        form.add_field(name, text, content_type="text/plain")
    for content in files or (b"",):
        name = "现场.jpg" if content else ""
        file = io.BytesIO(content)
        form.add_field("files", file, filename=name, content_type="application/octet-stream")
    address = f"/cases/{of.number}/resolve"
    return await site.client.post(address, data=form, headers=HTML, allow_redirects=False)


def test_photos_of_an_answer_are_kept_without_metadata(store: Store, tmp_path: Path) -> None:
    """The command has their addresses, the folder upright pictures that nobody else can read."""
    _, case = lamp_case(store, (Move.ACCEPT,))

    async def talk(site: Site) -> None:
        await site.log_in("所长", StaffRole.UNIT, "U-T")
        answer = await resolve(site, case, photo(), photo("PNG"), photo())
        assert answer.status == 303, await answer.text()
        assert answer.headers["Location"] == f"/cases/{case.number}"
        (command,) = site.commands.received
        at = f"https://hub.example/cases/{case.case_id}/photos/"
        assert command.data["answer"] == ANSWER
        names = [link.removeprefix(at) for link in command.data["photos"]]
        kept = list(DataPaths(tmp_path).photos.glob("*/*"))
        assert sorted(names) == sorted(path.name for path in kept)
        assert len(names) == 2
        for path in kept:
            assert path.stat().st_mode & 0o077 == 0
            assert b"secret place" not in path.read_bytes()
            with Image.open(path) as image:
                assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (60, 80), {})

    serve(store, tmp_path, talk, overview_url="https://hub.example")


def test_an_answer_without_photos_is_a_command_as_before(store: Store, tmp_path: Path) -> None:
    """A browser sends an empty file when none is chosen."""
    _, case = lamp_case(store, (Move.ACCEPT,))

    async def talk(site: Site) -> None:
        await site.log_in("所长", StaffRole.UNIT, "U-T")
        assert (await resolve(site, case)).status == 303
        assert site.commands.received[0].data == {"answer": ANSWER}

    serve(store, tmp_path, talk)


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ((b"<svg onload=alert(1)>",), "第1张：不是能打开的照片"),
        ((photo(), photo()[:300]), "第2张：不是能打开的照片"),
        ((b"x" * (LARGEST_FILE + 1),), "第1张：超过10兆"),
        ((*(photo(colour=f"#{n}0ff{n}0") for n in range(1, 8)),), "第7张：最多6张"),
    ],
)
def test_a_refused_photo_brings_the_form_back(
    store: Store, tmp_path: Path, files: tuple[bytes, ...], why: str
) -> None:
    """With the reason, what was typed, and the good photos, which need not be sent again."""
    _, case = lamp_case(store, (Move.ACCEPT,))

    async def talk(site: Site) -> None:
        await site.log_in("所长", StaffRole.UNIT, "U-T")
        answer = await resolve(site, case, *files)
        page = await answer.text()
        assert answer.status == 400
        assert why in page
        assert f">{ANSWER}</textarea>" in page
        assert 'value="已经办理完毕"' in page
        assert site.commands.received == []
        kept = [path.name for path in DataPaths(tmp_path).photos.glob("*/*")]
        assert len(kept) == len(files) - 1
        assert all(f'value="{name}" checked' in page for name in kept)
        again = await resolve(site, case, photos=(*kept, "0" * 64 + ".jpg", "../../seal.key"))
        assert again.status == 303
        links = site.commands.received[0].data.get("photos", [])
        assert {link.rpartition("/")[2] for link in links} == set(kept)

    serve(store, tmp_path, talk)


def test_a_refused_command_keeps_text_and_photos(store: Store, tmp_path: Path) -> None:
    """A gap in the answer, or a case that has moved on."""
    _, case = lamp_case(store, (Move.ACCEPT,))

    async def talk(site: Site) -> None:
        await site.log_in("所长", StaffRole.UNIT, "U-T")
        gap = await resolve(site, case, photo(), answer="已于＿＿完成")
        assert gap.status == 400
        assert "还有没填的空" in await gap.text()
        site.commands.refusal = "事项已有第9条记录，您看到的是第2条：请重新打开"
        moved = await resolve(site, case, photo())
        page = await moved.text()
        assert moved.status == 409
        assert "已有第9条记录" in page
        assert ANSWER in page
        assert "已传照片" in page

    serve(store, tmp_path, talk)


def test_nothing_is_kept_of_a_form_without_its_token(store: Store, tmp_path: Path) -> None:
    """The token is checked before the first file, and forms for one case take no other."""
    _, case = lamp_case(store, (Move.ACCEPT,))

    async def talk(site: Site) -> None:
        assert (await resolve(site, case, photo())).status == 401
        await site.log_in("所长", StaffRole.UNIT, "U-T")
        assert (await resolve(site, case, photo(), csrf="wrong")).status == 400
        assert not DataPaths(tmp_path).photos.exists()
        other = await resolve(site, case, case=f"{UUID(int=0)}.1")
        assert other.status == 400
        plain = await site.send(f"/cases/{case.number}/resolve", move="resolve")
        assert plain.status == 400
        assert site.commands.received == []
        await site.log_in("居委会", StaffRole.UNIT, "U-V")
        assert (await resolve(site, case, photo())).status == 403
        refused = await site.client.post("/work/commands", data=FormData({"x": io.BytesIO(b"x")}))
        assert refused.status == 400

    serve(store, tmp_path, talk)


def test_photos_are_seen_by_those_who_may_read_the_case(store: Store, tmp_path: Path) -> None:
    """On its page and its reply sheet; each photo that is opened is in the audit."""
    state = fill(store, sealed_report(1, NOON, confidential=True))
    keep(store, CASES.name, *ask(state, case_of(state, "n1"), Move.ACCEPT).case_events)

    async def talk(site: Site) -> None:
        folder = PhotoFolder(DataPaths(tmp_path).photos)
        names = [await folder.keep(photo(colour=c), "所长", NOON.date()) for c in ("red", "blue")]
        stranger = await folder.keep(photo(colour="black"), "别人", NOON.date())
        case = case_of(state, "n1")
        assert case.assignment is not None
        data = {"answer": ANSWER, "photos": photo_addresses("", case.case_id, names)}
        resolved = ask(state, case, Move.RESOLVE, reason="已经办理完毕", data=data)
        keep(store, CASES.name, *resolved.case_events)
        at = f"/cases/{case.number}"
        photo_at = f"/cases/{case.case_id}/photos/{names[0]}"
        await site.log_in("所长", StaffRole.UNIT, case.assignment.unit)
        page = await site.page(at)
        assert all(f"/photos/{name}/thumbnail" in page for name in names)
        shown = await site.client.get(photo_at)
        assert (shown.status, shown.content_type) == (200, "image/jpeg")
        small = await site.client.get(f"{photo_at}/thumbnail")
        assert Image.open(io.BytesIO(await small.read())).size == (60, 80)
        for missing in (stranger, "0" * 64 + ".jpg", "x.jpg"):
            assert (await site.client.get(f"{at}/photos/{missing}")).status == 404
        sheet = await (await site.client.get(f"{at}/sheets/reply.pdf")).read()
        assert sheet.count(b"/Subtype /Image") == 2
        await site.log_in("主任", StaffRole.CITY)
        assert names[0] not in await site.page(at)
        assert (await site.client.get(photo_at)).status == 404
        exports = [line[4] for line in site.audit() if line[0] == "export"]
        assert exports == [f"photo {names[0]}", "reply sheet"]

    serve(store, tmp_path, talk)


@pytest.mark.parametrize(
    "photos", [None, "text", [1, None], ["https://other.example/a.jpg"], ["/cases/x/photos/y.jpg"]]
)
def test_other_addresses_are_no_photos(store: Store, photos: Any) -> None:
    """Whoever sends commands by other ways cannot make the page show another address."""
    _, case = lamp_case(store)
    assert names_of(case.case_id, {"photos": photos}) == ()
