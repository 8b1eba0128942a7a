"""Sessions: when they end, how their cookie is set, and that a session cannot be forged."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from aiohttp.test_utils import make_mocked_request
from cryptography.fernet import Fernet

from hub.accounts.session import COOKIE, MOST_SESSIONS, PUBLIC, WRITE_USE_EVERY, Sessions
from hub.accounts.staff import add_member, load_staff, remove_member
from hub.overview import live
from hub.runtime.paths import DataPaths
from hub.store.client import Store
from tests.hub.accounts.pages import PASSWORD, Site, cookie_of, serve

TLS = {"X_Forwarded_Proto": "https"}


def test_an_old_cookie_after_logout_is_refused(store: Store, tmp_path: Path) -> None:
    """Logout ends the session on the server; other sessions of the same person stay open."""

    async def talk(site: Site) -> None:
        cookie, csrf = await site.log_in()
        other, _ = await site.log_in()
        assert (await site.post("/api/logout", {}, cookie, csrf)).status == 200
        assert await site.role(cookie) == "public"
        assert (await site.get("/api/cases", cookie)).status == 401
        assert await site.role(other) == "city"

    serve(store, tmp_path, talk)


def test_logging_out_everywhere_ends_all_sessions(store: Store, tmp_path: Path) -> None:
    """Logout everywhere ends the sessions of this person only, and needs the CSRF token."""

    async def talk(site: Site) -> None:
        add_member(site.settings, "王审计", "auditor", "", PASSWORD)
        mine = [await site.log_in() for _ in range(3)]
        auditor, _ = await site.log_in("王审计")
        cookie, csrf = mine[0]
        assert (await site.post("/api/logout/everywhere", {}, cookie)).status == 400
        answer = await site.post("/api/logout/everywhere", {}, cookie, csrf)
        assert await answer.json() == {"ended": 3}
        assert [await site.role(cookie) for cookie, _ in mine] == ["public"] * 3
        assert await site.role(auditor) == "auditor"
        assert [line[2] for line in site.audited("logout")] == ["everywhere"]

    serve(store, tmp_path, talk)


@pytest.mark.parametrize("change", ["role", "unit", "password", "removed", "removed and back"])
def test_a_session_ends_when_its_member_changes(store: Store, tmp_path: Path, change: str) -> None:
    """After a change of role, unit or password, or a removal, the session is invalid."""

    async def talk(site: Site) -> None:
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

    serve(store, tmp_path, talk)


def test_an_idle_session_ends(store: Store, tmp_path: Path) -> None:
    """Use prolongs a session, polling by the page does not, and it ends after its longest time."""

    async def talk(site: Site) -> None:
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

    serve(store, tmp_path, talk)


def test_idleness_can_be_left_out(store: Store, tmp_path: Path) -> None:
    """With no idle limit an unused session stays open for `HUB_SESSION_HOURS`."""

    async def talk(site: Site) -> None:
        cookie, _ = await site.log_in()
        site.clock.now += 11.9 * 3600
        assert await site.role(cookie) == "city"
        site.clock.now += 0.2 * 3600
        assert await site.role(cookie) == "public"

    serve(store, tmp_path, talk, session_idle_minutes=0)


def test_the_number_of_sessions_of_a_person_is_limited(store: Store, tmp_path: Path) -> None:
    """One session more than allowed ends the session that is unused for longest."""

    async def talk(site: Site) -> None:
        cookies = []
        for _ in range(MOST_SESSIONS):
            cookies.append((await site.log_in())[0])
            site.clock.now += WRITE_USE_EVERY
        assert (await site.get("/api/cases", cookies[0])).status == 200
        latest, _ = await site.log_in()
        roles = [await site.role(cookie) for cookie in (*cookies, latest)]
        assert roles == ["city", "public", *["city"] * (MOST_SESSIONS - 1)]

    serve(store, tmp_path, talk)


def test_a_log_in_replaces_the_session_that_the_browser_has(store: Store, tmp_path: Path) -> None:
    """A login creates a new session id and ends the old session, so no session can be planted."""

    async def talk(site: Site) -> None:
        first, _ = await site.log_in()
        second, _ = await site.log_in(Cookie=first)
        assert first != second
        assert await site.role(first) == "public"
        assert await site.role(f"{COOKIE}=planted") == "public"
        third, _ = await site.log_in(Cookie=f"{COOKIE}=planted")
        assert "planted" not in third

    serve(store, tmp_path, talk)


def test_behind_tls_the_cookie_is_bound_to_the_host(store: Store, tmp_path: Path) -> None:
    """Over TLS the cookie is `__Host-`, Secure, HttpOnly and SameSite, and no other is accepted."""

    async def talk(site: Site) -> None:
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

    serve(store, tmp_path, talk, proxies=1)


def test_without_tls_the_cookie_has_the_plain_name(store: Store, tmp_path: Path) -> None:
    """A forged X-Forwarded-Proto has no effect if no proxy is trusted."""

    async def talk(site: Site) -> None:
        cookie, _ = await site.log_in(X_Forwarded_Proto="https")
        assert cookie.startswith(f"{COOKIE}=")

    serve(store, tmp_path, talk)


def test_nothing_in_the_data_folder_makes_a_session(store: Store, tmp_path: Path) -> None:
    """Nothing in the files of the data folder works as a session cookie."""

    async def talk(site: Site) -> None:
        cookie, _ = await site.log_in()
        session_id = cookie.partition("=")[2]
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert all(session_id.encode() not in path.read_bytes() for path in files)
        assert not (tmp_path / "session.key").exists()
        database = DataPaths(tmp_path).sessions
        for path in tmp_path.glob(f"{database.name}*"):
            assert path.stat().st_mode & 0o777 == 0o600
        stored = [
            str(value)
            for row in store_rows(database)
            for value in row
            if isinstance(value, str) and value
        ]
        forged = Fernet(Fernet.generate_key()).encrypt(b'{"name": "x"}').decode()
        for value in (*stored, forged, load_staff(site.settings)["主任"].password_mark):
            if value.isascii():
                assert await site.role(f"{COOKIE}={value}") == "public"
        assert await site.role(cookie) == "city"

    serve(store, tmp_path, talk)


def store_rows(database: Path) -> list[tuple[object, ...]]:
    """Return all rows of the sessions file."""
    with sqlite3.connect(database) as opened:
        rows = opened.execute("SELECT * FROM sessions").fetchall()
    opened.close()
    return rows


def test_processes_of_the_same_folder_share_sessions(store: Store, tmp_path: Path) -> None:
    """Another process accepts a session, and a logout in one process ends it in the other."""

    async def talk(site: Site) -> None:
        cookie, csrf = await site.log_in()
        other = Sessions(site.settings, site.clock)
        request = make_mocked_request("GET", "/", headers={"Cookie": cookie})
        assert other.viewer(request).name == "主任"
        assert other.addresses() == [("主任", "127.0.0.1")]
        assert (await site.post("/api/logout", {}, cookie, csrf)).status == 200
        assert other.viewer(request) == PUBLIC
        other.close()

    serve(store, tmp_path, talk)


@pytest.mark.usefixtures("cases")
def test_a_stream_ends_with_its_session(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The live stream of a page closes when its viewer logs out."""
    monkeypatch.setattr(live, "KEEP_ALIVE_EVERY", 0.2)

    async def talk(site: Site) -> None:
        cookie, csrf = await site.log_in()
        async with site.client.get("/api/live", headers={"Cookie": cookie}) as stream:
            line = await asyncio.wait_for(stream.content.readline(), 30)
            assert line.startswith(b"event: numbers")
            assert (await site.post("/api/logout", {}, cookie, csrf)).status == 200
            await asyncio.wait_for(stream.content.read(), 30)
            assert stream.content.at_eof()

    serve(store, tmp_path, talk)
