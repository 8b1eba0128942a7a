"""`python -m hub.lab.docs.pictures docs/images/guide` 说明图片: takes the pictures of the guide.

It runs a hub with the demo's invented data in a temporary folder, opens its pages in Chromium as
the people who use them, and writes small PNG files. It needs Playwright and Chromium, and takes
about two minutes.
"""

import contextlib
import io
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from hub.accounts.staff import StaffRole, add_member
from hub.lab.demo import wait_ready
from hub.lab.ports import server_ports
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.store.reader import Reader

COLOURS = 256
"""Colours of a picture: text and flat areas need no more, and the files stay small."""
SLOW_MS = 8_000
"""Milliseconds after which the overview has its slow figures, too."""
LARGEST = 120_000
"""Bytes of a picture."""
PASSWORD = "a password of the pictures"  # noqa: S105 - of a hub that is deleted afterwards
DESK, PHONE, LONG_PHONE = (1280, 800), (390, 780), (390, 1100)
WORKER = "W001001001-1"
CASE = (
    "SELECT c.number AS number, c.unit AS unit, e.tracking AS code FROM cases AS c"
    " JOIN dispositions AS d ON d.case_id = c.case_id JOIN events AS e ON e.event_id = d.event_id"
    " WHERE c.state = 'assigned' AND c.number != '' AND e.tracking != '' AND NOT c.confidential"
    " AND NOT e.confidential AND NOT c.handed_over ORDER BY c.reports DESC, c.number LIMIT 1"
)
"""A case that its unit can answer, and the tracking code of one of its reports."""
PROJECT = (
    "SELECT code FROM projects WHERE state = 'open' AND days_late = 0 AND raised > 0"
    " ORDER BY stage = 'acceptance' DESC, code LIMIT 1"
)
"""A project in one of its last stages, with pictures and money."""
TRIES = 60
"""Seconds that a page is loaded again until it shows what it waits for."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: who opens which path, and what he does before and after it is taken.

    `is_public` marks a page of the citizens, which the intake serves without a login.
    """

    name: str
    path: str
    role: StaffRole = StaffRole.CITY
    unit: str = ""
    size: tuple[int, int] = DESK
    act: Callable[[Page], None] | None = None
    after: Callable[[Page], None] | None = None
    is_public: bool = False


def show_layers(page: Page) -> None:
    """Colour the grids by cared-for people, and switch on two kinds of premises."""
    page.get_by_label("关爱人员", exact=True).check()
    page.locator("#layers summary").click()
    for kind in ("学校", "工地"):
        page.locator(f"#layer-kinds input[value={kind}]").check()
    page.locator("#map circle").first.wait_for()
    page.wait_for_timeout(SLOW_MS)


def fill_entry(page: Page) -> None:
    """Fill in the form of a call, with the place found by its pinyin."""
    page.locator("textarea").first.fill("三楼的楼道灯坏了一周，老人夜里下楼看不见")
    page.locator("#place").focus()
    page.keyboard.type("yghy")
    page.locator("#places [role=option]").first.wait_for()


def write_answer(page: Page) -> None:
    """Accept the case by key, and write the answer."""
    address = page.url
    page.keyboard.press("a")
    # The decision is sent when the page is left.
    page.goto("/work")
    load_until(page, address, "form[data-answer]")
    page.locator("form[data-answer] [name=answer]").fill(
        "已到现场核实处理，现场恢复正常，一周后回看"
    )
    page.locator("form[data-answer] [name=reason]").fill("已到现场处理")


def send_answer(page: Page) -> None:
    """Resolve the case with the answer."""
    page.get_by_role("button", name="办结", exact=True).click()
    load_until(page, page.url, "text=回复单")


def load_until(page: Page, address: str, selector: str) -> None:
    """Load a page until it has an element; raises `HubError` if it does not."""
    for _ in range(TRIES):
        page.goto(address)
        if page.locator(selector).count():
            return
        page.wait_for_timeout(1_000)
    raise HubError(f"{address} does not show {selector}")


def pictures(case: Mapping[str, Any], project: str) -> tuple[Picture, ...]:
    """Return the pictures in the order in which they are taken.

    `case` is a row of `CASE`, `project` the code of `PROJECT`.
    """
    unit, address = StaffRole.UNIT, f"/cases/{case['number']}"
    return (
        Picture("overview", "/", act=lambda page: page.wait_for_timeout(SLOW_MS)),
        Picture("layers", "/", act=show_layers),
        Picture("queue", "/work/queues/open"),
        Picture("entry", "/work/new", act=fill_entry),
        Picture("case", address, unit, case["unit"], act=write_answer, after=send_answer),
        Picture(
            "progress",
            f"/t/{case['code']}",
            size=PHONE,
            act=lambda page: load_until(page, page.url, "text=已办结"),
            is_public=True,
        ),
        Picture("phone", "/patrol", StaffRole.GRID_WORKER, WORKER, PHONE),
        Picture("project", f"/p/{project}", size=LONG_PHONE, is_public=True),
        Picture("burdens", "/work/burdens"),
    )


def take(settings: Settings, folder: Path, only: Collection[str] = ()) -> None:
    """Take the pictures of a running hub, or only some of them by name.

    Raises `HubError` if one is too large.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(Reader(settings)) as reader:
        rows, projects = reader.rows(CASE, {}), reader.rows(PROJECT, {})
    if not rows or not projects:
        raise HubError("the demo has no case that a unit can answer, or no project that is shown")
    binary = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=binary, args=["--no-sandbox", "--disable-gpu"]
        )
        for picture in pictures(rows[0], str(projects[0]["code"])):
            if only and picture.name not in only:
                continue
            path = folder / f"{picture.name}.png"
            path.write_bytes(small(_screenshot(settings, chromium, picture)))
            click.echo(f"{path}: {path.stat().st_size} bytes")
        chromium.close()


def small(screenshot: bytes) -> bytes:
    """Return a PNG with few colours; raises `HubError` if it is larger than `LARGEST`."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(screenshot)) as full:
        few = full.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(out, "PNG", optimize=True)
    if out.tell() > LARGEST:
        raise HubError(f"a picture has {out.tell()} bytes, at most {LARGEST} are allowed")
    return out.getvalue()


def _screenshot(settings: Settings, chromium: Browser, picture: Picture) -> bytes:
    port = settings.intake_port if picture.is_public else settings.overview_port
    width, height = picture.size
    context = chromium.new_context(
        base_url=f"http://127.0.0.1:{port}",
        viewport={"width": width, "height": height},
        color_scheme="light",
    )
    if not picture.is_public:
        name = {StaffRole.UNIT: "李局长", StaffRole.GRID_WORKER: "小王"}.get(picture.role, "王主任")
        add_member(settings, name, picture.role, picture.unit, PASSWORD)
        fields = {"name": name, "password": PASSWORD}
        answer = context.request.post("/api/login", data=fields)
        if not answer.ok:
            raise HubError(f"{name} could not log in: {answer.text()}")
    page = context.new_page()
    page.goto(picture.path)
    # The overview keeps a connection open, so there is no moment without network.
    page.wait_for_timeout(3_000)
    if picture.act:
        picture.act(page)
    page.wait_for_timeout(500)
    screenshot = page.screenshot()
    if picture.after:
        picture.after(page)
    context.close()
    return screenshot


@contextlib.contextmanager
def demo_hub(folder: Path) -> Iterator[Settings]:
    """Run a hub with the demo's weeks and one day; yields its settings."""
    os.environ["HUB_DATA"] = str(folder)
    os.environ["HUB_LOG_LEVEL"] = "error"
    os.environ.update(server_ports())
    subprocess.run(
        [sys.executable, "-m", "hub.cli.main", "demo", "--once", "--messages", "400"], check=True
    )
    settings = Settings()
    hub = subprocess.Popen([sys.executable, "-m", "hub.cli.main", "up"], start_new_session=True)
    try:
        wait_ready(settings, hub)
        yield settings
    finally:
        hub.send_signal(signal.SIGTERM)
        hub.wait()


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--only", multiple=True, metavar="NAME", help="Only this picture; may be repeated.")
def main(folder: Path, only: tuple[str, ...]) -> None:
    """Take the pictures of the guide into FOLDER."""
    with TemporaryDirectory() as data, demo_hub(Path(data)) as settings:
        take(settings, folder, only)


if __name__ == "__main__":
    main()
