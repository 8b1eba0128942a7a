"""Login by password on the page, and the file of staff."""

from pathlib import Path

import pytest
from aiohttp.test_utils import make_mocked_request

from hub.accounts.login_http import check_csrf
from hub.accounts.session import COOKIE, CSRF_HEADER, Viewer
from hub.accounts.staff import HASHER, StaffError, StaffRole, add_member, load_staff, remove_member
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.store.client import Store
from hub.web.problem import ProblemError
from tests.hub.overview.page import Page, serve


def test_wrong_passwords_and_other_sites_are_refused(store: Store, tmp_path: Path) -> None:
    """All wrong logins get the same answer, tries are limited, and other sites are refused."""

    async def talk(page: Page) -> None:
        add_member(page.settings, "主任", "city", "", "correct horse battery")
        for wrong in (("主任", "wrong"), ("无此人", "wrong"), ("主任", "")):
            body = {"name": wrong[0], "password": wrong[1]}
            answer = await page.client.post("/api/login", json=body)
            assert (answer.status, (await answer.json())["code"]) == (401, "bad_login")
            assert COOKIE not in answer.cookies
        right = {"name": "主任", "password": "correct horse battery"}
        elsewhere = await page.client.post(
            "/api/login", json=right, headers={"Origin": "https://evil.example"}
        )
        assert elsewhere.status == 400
        answer = await page.client.post("/api/login", json=right)
        cookie = answer.cookies[COOKIE]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
        for headers in ({}, {CSRF_HEADER: "guess"}):
            assert (await page.client.post("/api/logout", json={}, headers=headers)).status == 400
        page.csrf = (await answer.json())["csrf"]
        assert (await page.post("/api/logout", {}, Origin="https://evil.example")).status == 400
        assert (await page.post("/api/logout", {})).status == 200
        assert (await page.get("/api/me"))["role"] == "public"
        for _ in range(2):
            await page.client.post("/api/login", json={"name": "主任", "password": "wrong"})
        answer = await page.client.post("/api/login", json=right)
        assert (answer.status, (await answer.json())["code"]) == (429, "too_often")
        assert int(answer.headers["Retry-After"]) > 0
        for body in (b"[", b"{}", b"x" * 5000):
            assert (await page.client.post("/api/login", data=body)).status == 400
        actions = [line[0] for line in page.audit()]
        assert actions.count("login_failed") == 5
        assert (actions.count("login"), actions.count("logout")) == (1, 1)

    serve(store, tmp_path, talk, login_limit="4/minute")


def test_a_token_that_is_no_text_is_a_wrong_one() -> None:
    """A header may have any bytes, which arrive as half surrogates (PEP 383)."""
    request = make_mocked_request("POST", "/api/logout")
    with pytest.raises(ProblemError, match="another session"):
        check_csrf(request, Viewer("主任", StaffRole.CITY, csrf="a token"), "\udcff\udcfe")


def test_a_session_ends_with_its_member(store: Store, tmp_path: Path) -> None:
    """After a removal or a new password the next request has no session."""

    async def talk(page: Page) -> None:
        for end in (
            lambda: remove_member(page.settings, "主任"),
            lambda: add_member(page.settings, "主任", "city", "", "another password"),
        ):
            await page.log_in("主任", StaffRole.CITY)
            assert (await page.get("/api/me"))["role"] == "city"
            end()
            assert (await page.get("/api/me"))["role"] == "public"
        page.client.session.cookie_jar.update_cookies({COOKIE: "made-up"})
        assert (await page.get("/api/me"))["role"] == "public"

    serve(store, tmp_path, talk)


def test_the_staff_file_has_hashes_only(tmp_path: Path) -> None:
    """The file has Argon2id hashes and mode 0600; invalid members and files are refused."""
    settings = Settings(data=tmp_path)
    assert load_staff(settings) == {}
    password = add_member(settings, "主任", "city", "", "")
    path = tmp_path / "staff.yaml"
    assert path.stat().st_mode & 0o777 == 0o600
    assert password not in path.read_text(encoding="utf-8")
    assert "$argon2id$" in path.read_text(encoding="utf-8")
    assert HASHER.verify(load_staff(settings)["主任"].password, password)
    for bad in (("", "city", "", ""), ("x", "unit", "", ""), ("x", "city", "", "short")):
        with pytest.raises(HubError):
            add_member(settings, *bad)
    with pytest.raises(HubError, match="there is no member"):
        remove_member(settings, "无此人")
    path.write_text("主任: {role: king, unit: '', password: x}", encoding="utf-8")
    with pytest.raises(StaffError, match=r"staff\.yaml is not a valid file of staff"):
        load_staff(settings)
