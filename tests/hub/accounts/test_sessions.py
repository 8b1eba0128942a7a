"""Sessions: when they end, what their cookie is like, and that none can be made."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from aiohttp.test_utils import make_mocked_request
from cryptography.fernet import Fernet

from hub.accounts.session import COOKIE, MOST_EACH, PUBLIC, SEEN_EVERY, Sessions
from hub.accounts.staff import add_member, load_staff, remove_member
from hub.runtime.paths import DataPaths
from hub.store.client import Store
from tests.hub.accounts.pages import PASSWORD, Site, cookie_of, serve

TLS = {"X_Forwarded_Proto": "https"}


def test_an_old_cookie_after_logout_is_refused(store: Store, tmp_path: Path) -> None:
    """Logging out ends the session on the server; another session of the same person goes on."""

    async def asks(site: Site) -> None:
        cookie, csrf = await site.log_in()
        other, _ = await site.log_in()
        assert (await site.post("/api/logout", {}, cookie, csrf)).status == 200
        assert await site.role(cookie) == "public"
        assert (await site.get("/api/cases", cookie)).status == 401
        assert await site.role(other) == "city"

    serve(store, tmp_path, asks)


def test_logging_out_everywhere_ends_all_sessions(store: Store, tmp_path: Path) -> None:
    """Of this person only; it needs the page's token as every act does."""

    async def asks(site: Site) -> None:
        add_member(site.settings, "王审计", "auditor", "", PASSWORD)
        mine = [await site.log_in() for _ in range(3)]
        auditor, _ = await site.log_in("王审计")
        cookie, csrf = mine[0]
        assert (await site.post("/api/logout/everywhere", {}, cookie)).status == 400
        answer = await site.post("/api/logout/everywhere", {}, cookie, csrf)
        assert await answer.json() == {"ended": 3}
        assert [await site.role(one) for one, _ in mine] == ["public"] * 3
        assert await site.role(auditor) == "auditor"
        assert [line[2] for line in site.audited("logout")] == ["everywhere"]

    serve(store, tmp_path, asks)


@pytest.mark.parametrize("change", ["role", "unit", "password", "removed", "removed and back"])
def test_a_session_ends_when_its_member_changes(store: Store, tmp_path: Path, change: str) -> None:
    """Another role, unit or password, or none at all: the next request is the public's."""

    async def asks(site: Site) -> None:
        add_member(site.settings, "所长", "unit", "U-T", PASSWORD)
        cookie, _ = await site.log_in("所长")
        assert await site.role(cookie) == "unit"
        path = site.settings.data / "staff.yaml"
        before = path.read_text(encoding="utf-8")
        if change == "role":
            path.write_text(before.replace("role: unit", "role: township"), encoding="utf-8")
        elif change == "unit":
            path.write_text(before.replace("unit: U-T", "unit: U-V"), encoding="utf-8")
        elif change == "password":
            add_member(site.settings, "所长", "unit", "U-T", "another long enough password")
        else:
            remove_member(site.settings, "所长")
        assert await site.role(cookie) == "public"
        if change == "removed and back":
            path.write_text(before, encoding="utf-8")
            assert await site.role(cookie) == "public"

    serve(store, tmp_path, asks)


def test_an_idle_session_ends(store: Store, tmp_path: Path) -> None:
    """Each use prolongs it, what the page asks by itself does not, and a day ends it anyway."""

    async def asks(site: Site) -> None:
        cookie, _ = await site.log_in()
        for _ in range(3):
            site.clock.now += 50 * 60
            assert (await site.get("/api/cases", cookie)).status == 200
        site.clock.now += 30 * 60
        assert (await site.get("/api/overview", cookie)).status == 200
        assert await site.role(cookie) == "city"
        site.clock.now += 31 * 60
        assert await site.role(cookie) == "public"
        cookie, _ = await site.log_in()
        for _ in range(15):
            site.clock.now += 50 * 60
            last = (await site.get("/api/cases", cookie)).status
        assert last == 401

    serve(store, tmp_path, asks)


def test_idleness_can_be_left_out(store: Store, tmp_path: Path) -> None:
    """A screen on a wall stays for the whole working day."""

    async def asks(site: Site) -> None:
        cookie, _ = await site.log_in()
        site.clock.now += 11.9 * 3600
        assert await site.role(cookie) == "city"
        site.clock.now += 0.2 * 3600
        assert await site.role(cookie) == "public"

    serve(store, tmp_path, asks, session_idle_minutes=0)


def test_one_person_has_so_many_sessions(store: Store, tmp_path: Path) -> None:
    """The one that was used least lately ends when another begins."""

    async def asks(site: Site) -> None:
        cookies = []
        for _ in range(MOST_EACH):
            cookies.append((await site.log_in())[0])
            site.clock.now += SEEN_EVERY
        assert (await site.get("/api/cases", cookies[0])).status == 200
        latest, _ = await site.log_in()
        roles = [await site.role(one) for one in (*cookies, latest)]
        assert roles == ["city", "public", *["city"] * (MOST_EACH - 1)]

    serve(store, tmp_path, asks)


def test_a_log_in_replaces_the_session_that_the_browser_has(store: Store, tmp_path: Path) -> None:
    """The id is a new one, and the old one is worth nothing: nobody can plant a session."""

    async def asks(site: Site) -> None:
        first, _ = await site.log_in()
        second, _ = await site.log_in(Cookie=first)
        assert first != second
        assert await site.role(first) == "public"
        assert await site.role(f"{COOKIE}=planted") == "public"
        third, _ = await site.log_in(Cookie=f"{COOKIE}=planted")
        assert "planted" not in third

    serve(store, tmp_path, asks)


def test_behind_tls_the_cookie_is_bound_to_the_host(store: Store, tmp_path: Path) -> None:
    """`__Host-`, Secure, HttpOnly, SameSite, no Domain; and no other name is taken there."""

    async def asks(site: Site) -> None:
        body = {"name": "主任", "password": PASSWORD}
        headers = {"X-Forwarded-Proto": "https"}
        answer = await site.client.post("/api/login", json=body, headers=headers)
        set_cookie = answer.headers["Set-Cookie"]
        assert set_cookie.startswith(f"__Host-{COOKIE}=")
        morsel = answer.cookies[f"__Host-{COOKIE}"]
        assert (morsel["secure"], morsel["httponly"], morsel["samesite"], morsel["path"]) == (
            True,
            True,
            "Strict",
            "/",
        )
        assert not morsel["domain"]
        cookie = cookie_of(answer)
        assert await site.role(cookie, **TLS) == "city"
        insecure = cookie.removeprefix("__Host-")
        assert await site.role(insecure, **TLS) == "public"
        assert await site.role(cookie, X_Forwarded_Proto="http") == "public"
        csrf = (await answer.json())["csrf"]
        ended = await site.post("/api/logout", {}, cookie, csrf, **TLS)
        assert ended.headers["Set-Cookie"].startswith(f'__Host-{COOKIE}=""')
        assert await site.role(cookie, **TLS) == "public"

    serve(store, tmp_path, asks, proxies=1)


def test_without_tls_the_cookie_has_the_plain_name(store: Store, tmp_path: Path) -> None:
    """A forged X-Forwarded-Proto changes nothing where no proxy is trusted."""

    async def asks(site: Site) -> None:
        cookie, _ = await site.log_in(X_Forwarded_Proto="https")
        assert cookie.startswith(f"{COOKIE}=")

    serve(store, tmp_path, asks)


def test_nothing_in_the_data_folder_makes_a_session(store: Store, tmp_path: Path) -> None:
    """Whoever has read all its files can make no cookie: neither by a key nor by what is kept."""

    async def asks(site: Site) -> None:
        cookie, _ = await site.log_in()
        session_id = cookie.partition("=")[2]
        files = [one for one in tmp_path.rglob("*") if one.is_file()]
        assert all(session_id.encode() not in one.read_bytes() for one in files)
        assert not (tmp_path / "session.key").exists()
        database = DataPaths(tmp_path).sessions
        for path in tmp_path.glob(f"{database.name}*"):
            assert path.stat().st_mode & 0o777 == 0o600
        kept = [
            str(value)
            for row in store_rows(database)
            for value in row
            if isinstance(value, str) and value
        ]
        forged = Fernet(Fernet.generate_key()).encrypt(b'{"name": "x"}').decode()
        for value in (*kept, forged, load_staff(site.settings)["主任"].mark):
            if value.isascii():
                assert await site.role(f"{COOKIE}={value}") == "public"
        assert await site.role(cookie) == "city"

    serve(store, tmp_path, asks)


def store_rows(database: Path) -> list[tuple[object, ...]]:
    """Return all that the file of sessions keeps."""
    with sqlite3.connect(database) as opened:
        found = opened.execute("SELECT * FROM sessions").fetchall()
    opened.close()
    return found


def test_processes_of_one_folder_share_sessions(store: Store, tmp_path: Path) -> None:
    """A session goes on over a restart, and a logout in one process ends it in the other."""

    async def asks(site: Site) -> None:
        cookie, csrf = await site.log_in()
        other = Sessions(site.settings, site.clock)
        request = make_mocked_request("GET", "/", headers={"Cookie": cookie})
        assert other.viewer(request).name == "主任"
        assert other.addresses() == [("主任", "127.0.0.1")]
        assert (await site.post("/api/logout", {}, cookie, csrf)).status == 200
        assert other.viewer(request) == PUBLIC
        other.close()

    serve(store, tmp_path, asks)


@pytest.mark.usefixtures("cases")
def test_a_stream_ends_with_its_session(store: Store, tmp_path: Path) -> None:
    """Whoever listens hears nothing more once he has logged out."""

    async def asks(site: Site) -> None:
        cookie, csrf = await site.log_in()
        async with site.client.get("/api/live", headers={"Cookie": cookie}) as stream:
            line = await asyncio.wait_for(stream.content.readline(), 30)
            assert line.startswith(b"event: numbers")
            assert (await site.post("/api/logout", {}, cookie, csrf)).status == 200
            await asyncio.wait_for(stream.content.read(), 30)
            assert stream.content.at_eof()

    serve(store, tmp_path, asks)
