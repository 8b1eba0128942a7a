"""Photos are deleted by age."""

import asyncio
from datetime import date, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from hub.attachments.old_photos import OldPhotos
from hub.attachments.photos import PhotoFolder

TODAY = date(2026, 11, 26)


def days_of(folder: Path) -> set[str]:
    """Return the names of the days that have photos."""
    return {path.name for path in folder.iterdir()}


def fill(folder: Path) -> None:
    """Put a photo into the folders of three days, and a file of another kind beside them."""
    for age in (0, 30, 31):
        day = folder / str(TODAY - timedelta(days=age))
        day.mkdir(parents=True)
        (day / f"{'a' * 64}.jpg").write_bytes(b"photo")
    (folder / "README").write_text("", encoding="utf-8")


def test_only_photos_of_earlier_days_are_deleted(tmp_path: Path) -> None:
    """A photo of the first day that is kept stays, and so does every other file."""
    fill(tmp_path)
    asyncio.run(OldPhotos(PhotoFolder(tmp_path), 30, lambda: TODAY).delete())
    assert days_of(tmp_path) == {str(TODAY), str(TODAY - timedelta(days=30)), "README"}
    asyncio.run(OldPhotos(PhotoFolder(tmp_path / "missing"), 30, lambda: TODAY).delete())


@pytest.mark.parametrize(("days", "left"), [(30, 3), (0, 4)])
def test_the_application_deletes_them_at_its_start(tmp_path: Path, days: int, left: int) -> None:
    """With 0 days all are kept."""
    fill(tmp_path)

    async def start() -> None:
        app = web.Application()
        OldPhotos(PhotoFolder(tmp_path), days, lambda: TODAY).add_to(app)
        async with TestClient(TestServer(app)):
            for _ in range(1000):
                if len(days_of(tmp_path)) == left:
                    break
                await asyncio.sleep(0.01)

    asyncio.run(start())
    assert len(days_of(tmp_path)) == left
