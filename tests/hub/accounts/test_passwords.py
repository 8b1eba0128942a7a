"""Changing a password on the page, and which passwords are accepted."""

import threading
from pathlib import Path

import pytest

from hub.accounts.callers import add_caller, load_callers
from hub.accounts.password_rules import LONGEST, password_fault
from hub.accounts.staff import add_member, change_password, load_staff, remove_member, verify
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.store.client import Store
from tests.hub.accounts.pages import PASSWORD, Site, cookie_of, serve

NEW = "路灯 修好 了 明天 再看"


def test_after_a_change_all_other_sessions_are_refused(store: Store, tmp_path: Path) -> None:
    """The page that changed the password gets a new session; the old password is refused."""

    async def talk(site: Site) -> None:
        other, _ = await site.log_in()
        cookie, csrf = await site.log_in()
        answer = await site.post("/api/password", {"old": PASSWORD, "new": NEW}, cookie, csrf)
        assert answer.status == 200, await answer.text()
        fresh = cookie_of(answer)
        assert await site.role(other) == "public"
        assert await site.role(cookie) == "public"
        assert await site.role(fresh) == "city"
        token = (await answer.json())["csrf"]
        assert token != csrf
        assert await site.tries("主任", PASSWORD) == 401
        assert await site.tries("主任", NEW) == 200
        assert [line[0] for line in site.audited("password")] == ["主任"]
        everything = str(store.rows("SELECT * FROM audit"))
        assert NEW not in everything
        assert PASSWORD not in everything
        assert (await site.post("/api/logout", {}, fresh, token)).status == 200

    serve(store, tmp_path, talk)


def test_a_change_needs_the_old_password(store: Store, tmp_path: Path) -> None:
    """A change needs the old password, the CSRF token and a session; tries are limited."""

    async def talk(site: Site) -> None:
        cookie, csrf = await site.log_in()
        right = {"old": PASSWORD, "new": NEW}
        assert (await site.post("/api/password", right, cookie)).status == 400
        assert (await site.post("/api/password", right)).status == 401
        wrong = {"old": "wrong", "new": NEW}
        answers = [(await site.post("/api/password", wrong, cookie, csrf)).status for _ in range(4)]
        assert answers == [401, 401, 401, 429]
        assert (await site.post("/api/password", right, cookie, csrf)).status == 429
        assert len(site.audited("password_failed")) == 3
        assert await site.role(cookie) == "city"
        member = load_staff(site.settings)["主任"]
        assert verify({"主任": member}, "主任", PASSWORD) == member

    serve(store, tmp_path, talk, login_limit="3/hour")


def test_a_password_that_is_easy_to_guess_is_refused_in_a_sentence(
    store: Store, tmp_path: Path
) -> None:
    """A weak new password is refused before the old one is checked, so it is no attempt."""

    async def talk(site: Site) -> None:
        cookie, csrf = await site.log_in()
        for new in ("short", PASSWORD, "password123", "主任20260301"):
            body = {"old": PASSWORD, "new": new}
            answer = await site.post("/api/password", body, cookie, csrf)
            problem = await answer.json()
            assert (answer.status, problem["code"]) == (400, "weak_password")
            assert problem["detail"] == password_fault(new, "主任", PASSWORD)
        assert await site.role(cookie) == "city"

    serve(store, tmp_path, talk)


WEAK = (
    *("short", "x" * 9, "x" * (LONGEST + 1), "aaaaaaaaaaaa", "abababababab", "1234567890"),
    *("9876543210", "20260301123", "13800001234", "password123", "Password@2026", "P@ssw0rd2026"),
    *("qwertyuiop", "1qaz2wsx3edc", "1q2w3e4r5t", "asdfghjkl;", "admin123456", "Admin@123456"),
    *(
        "woaini1314520",
        "abc1234567",
        "aa123456789",
        "ｐａｓｓｗｏｒｄ１２３",
        "张主任123456",
        "654321qwerty",
    ),
    *("minqing-hub2026", "test123456789", "zxcvbnm123", "abcdefghij"),
)
STRONG = (
    *("correct horse battery", "another password", "a long enough password", NEW, PASSWORD),
    *("7391-8264-5501#", "Tk9!vR2#qLm4", "今天下午三点去看路灯吧", "kq3hX0wZrP7uD1sV"),
    *("administrative district 7", "我的口令有十个字以上"),
)


@pytest.mark.parametrize("password", WEAK)
def test_a_common_password_is_refused(password: str) -> None:
    """Passwords that are too short, too long, runs of keys, numbers or common words are refused."""
    assert password_fault(password, "张主任")


@pytest.mark.parametrize("password", STRONG)
def test_a_phrase_is_accepted(password: str) -> None:
    """A phrase is accepted with any kinds of characters."""
    assert password_fault(password, "张主任") == ""


def test_the_old_password_is_refused_as_the_new_password() -> None:
    """The old password is refused as a new one, also in another case."""
    assert "old one" in password_fault("Correct Horse", "x", "correct horse")


def test_the_command_line_refuses_the_same_passwords(tmp_path: Path) -> None:
    """`hub staff add` refuses the same passwords as the page."""
    with pytest.raises(HubError, match="attackers try this password first"):
        add_member(Settings(data=tmp_path), "主任", "city", "", "password123")


def test_concurrent_writes_lose_no_account(tmp_path: Path) -> None:
    """Concurrent writes of the command line and of pages are all in the file."""
    settings = Settings(data=tmp_path)
    names = [f"某{number}" for number in range(8)]
    for name in names:
        add_member(settings, name, "city", "", PASSWORD)
    before = load_staff(settings)
    begin = threading.Barrier(3 * len(names))

    def change(name: str) -> None:
        begin.wait()
        assert change_password(settings, before[name], NEW)

    def add(name: str) -> None:
        begin.wait()
        add_member(settings, f"新{name}", "auditor", "", PASSWORD)

    def call(name: str) -> None:
        begin.wait()
        add_caller(settings, name, "dispatcher", "")

    threads = [
        threading.Thread(target=work, args=(name,))
        for work in (change, add, call)
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    staff = load_staff(settings)
    assert set(staff) == {*names, *(f"新{name}" for name in names)}
    assert all(staff[name].password != before[name].password for name in names)
    assert {caller.name for caller in load_callers(settings)} == set(names)


def test_a_change_after_another_change_writes_nothing(tmp_path: Path) -> None:
    """If the member was removed or changed meanwhile, the file stays as it is."""
    settings = Settings(data=tmp_path)
    add_member(settings, "主任", "city", "", PASSWORD)
    before = load_staff(settings)["主任"]
    add_member(settings, "主任", "auditor", "", PASSWORD)
    assert change_password(settings, before, NEW) is None
    assert load_staff(settings)["主任"].role == "auditor"
    remove_member(settings, "主任")
    assert change_password(settings, before, NEW) is None
    assert load_staff(settings) == {}
