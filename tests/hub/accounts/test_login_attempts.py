"""Limits on trying passwords: which attempts they stop, and which not."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from limits import parse

from hub.accounts import login_http
from hub.accounts.login_attempts import MOST_KEYS, MOST_WAITING_PER_ADDRESS, LoginAttempts, _Window
from hub.accounts.staff import add_member
from hub.settings import Settings
from hub.store.client import Store
from hub.web.problem import Problem, ProblemError
from tests.hub.accounts.pages import PASSWORD, Clock, Site, checked_names, serve

OFFICE, ELSEWHERE = "198.51.100.7", "198.51.100.8"


def forwarded(address: str) -> dict[str, str]:
    """Return the header by which a trusted proxy passes the client's address."""
    return {"X_Forwarded_For": address}


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names whose password the login really checked."""
    return checked_names(monkeypatch, login_http)


def test_of_120_wrong_tries_at_once_exactly_the_allowed_number_is_checked(
    store: Store, tmp_path: Path, verified: list[str]
) -> None:
    """All others get 429 with `Retry-After`, and the audit records them in a few lines."""

    async def talk(site: Site) -> None:
        tries = (site.tries("主任", f"wrong {number}") for number in range(120))
        answers = await asyncio.gather(*tries)
        assert (answers.count(401), answers.count(429)) == (10, 110)
        assert verified == ["主任"] * 10
        body = {"name": "主任", "password": PASSWORD}
        right = await site.client.post("/api/login", json=body)
        assert (right.status, (await right.json())["code"]) == (429, "too_often")
        assert 0 < int(right.headers["Retry-After"]) <= 900
        assert "wait" in (await right.json())["detail"]
        assert len(verified) == 10
        assert len(site.audited("login_failed")) == 10
        assert 0 < len(site.audited("login_refused")) < 20
        site.clock.now += 901
        assert await site.tries("主任", PASSWORD) == 200

    serve(store, tmp_path, talk)
    lines = store.rows("SELECT detail FROM audit WHERE what = 'login_refused' ORDER BY at DESC")
    assert any("more within a minute" in line[0] for line in lines)


def test_another_name_of_the_same_address_logs_in(store: Store, tmp_path: Path) -> None:
    """Failures with one name do not lock other names out at the same address."""

    async def talk(site: Site) -> None:
        add_member(site.settings, "李镇长", "township", "U-T", PASSWORD)
        for number in range(12):
            await site.tries("主任", f"wrong {number}")
        assert await site.tries("主任", PASSWORD) == 429
        assert await site.tries("李镇长", PASSWORD) == 200

    serve(store, tmp_path, talk)


def test_the_same_name_of_another_address_logs_in(store: Store, tmp_path: Path) -> None:
    """Failures with a name lock that name at the address of the failures only."""

    async def talk(site: Site) -> None:
        for _ in range(3):
            await site.tries("主任", "wrong", **forwarded(ELSEWHERE))
        assert await site.tries("主任", PASSWORD, **forwarded(ELSEWHERE)) == 429
        assert await site.tries("主任", PASSWORD, **forwarded(OFFICE)) == 200

    serve(store, tmp_path, talk, proxies=1, login_limit="3/hour")


def test_an_address_at_its_limit_cannot_try_new_names(store: Store, tmp_path: Path) -> None:
    """At the limit of an address, only names that have logged in from it before may log in."""

    async def talk(site: Site) -> None:
        add_member(site.settings, "李镇长", "township", "U-T", PASSWORD)
        assert await site.tries("主任", PASSWORD) == 200
        answers = [await site.tries(f"某{number}", "wrong") for number in range(8)]
        assert answers == [401] * 6 + [429] * 2
        assert await site.tries("李镇长", PASSWORD) == 429
        assert await site.tries("主任", PASSWORD) == 200

    serve(store, tmp_path, talk, login_limit_address="6/hour")


def test_many_addresses_cannot_try_the_same_name(
    store: Store, tmp_path: Path, verified: list[str]
) -> None:
    """At the limit of a name, its owner may log in from an address that he has used before."""

    async def talk(site: Site) -> None:
        assert await site.tries("主任", PASSWORD, **forwarded(OFFICE)) == 200
        verified.clear()
        answers = [
            await site.tries("主任", "wrong", **forwarded(f"203.0.113.{number}"))
            for number in range(8)
        ]
        assert answers == [401] * 5 + [429] * 3
        assert len(verified) == 5
        assert await site.tries("主任", PASSWORD, **forwarded("192.0.2.99")) == 429
        assert await site.tries("主任", PASSWORD, **forwarded(OFFICE)) == 200

    serve(store, tmp_path, talk, proxies=1, login_limit_name="5/hour")


def test_a_burst_of_right_passwords_uses_no_limit_up(store: Store, tmp_path: Path) -> None:
    """Twenty right passwords at once all log in, though only ten may fail."""

    async def talk(site: Site) -> None:
        answers = await asyncio.gather(*(site.tries("主任", PASSWORD) for _ in range(20)))
        assert answers == [200] * 20

    serve(store, tmp_path, talk)


def attempts(clock: Clock, **limits: str) -> LoginAttempts:
    """Return counters with a clock that the test sets."""
    return LoginAttempts(Settings(**limits), clock)  # type: ignore[arg-type]


def test_the_waiting_attempts_of_an_address_are_limited() -> None:
    """The attempts that wait are limited for each address, so another address gets through."""

    async def scenario() -> None:
        counters, gate = attempts(Clock()), asyncio.Event()

        async def wait(name: str, address: str) -> Problem | None:
            try:
                async with counters.reserve(name, address) as attempt:
                    await gate.wait()
                    attempt.succeeded()
            except ProblemError as error:
                return error.problem if error.retry_after else None
            return None

        waiting = [
            asyncio.create_task(wait(f"某{n}", OFFICE)) for n in range(MOST_WAITING_PER_ADDRESS)
        ]
        await asyncio.sleep(0)
        assert await wait("一个以上", OFFICE) is Problem.TOO_OFTEN
        other = asyncio.create_task(wait("主任", ELSEWHERE))
        await asyncio.sleep(0)
        gate.set()
        assert await other is None
        assert await asyncio.gather(*waiting) == [None] * MOST_WAITING_PER_ADDRESS
        assert await wait("一个以上", OFFICE) is None
        assert not counters._queues
        assert not counters._waiting

    asyncio.run(scenario())


def test_an_office_behind_one_address_logs_in_at_once() -> None:
    """Fifty right passwords that arrive together do not count; wrong ones still do."""

    async def scenario() -> None:
        counters = attempts(Clock(), login_limit_address="6/hour")

        async def log_in(name: str, *, is_right: bool) -> bool:
            try:
                async with counters.reserve(name, OFFICE) as attempt:
                    await asyncio.sleep(0)
                    if is_right:
                        attempt.succeeded()
            except ProblemError:
                return False
            return True

        office = (log_in(f"科员{number}", is_right=True) for number in range(50))
        assert all(await asyncio.gather(*office))
        guesses = (log_in(f"某{number}", is_right=False) for number in range(10))
        assert (await asyncio.gather(*guesses)).count(True) == 6
        assert await log_in("科员7", is_right=True)
        assert not await log_in("新人", is_right=True)

    asyncio.run(scenario())


def test_an_attempt_that_breaks_off_stays_counted() -> None:
    """An attempt whose client disconnects before the answer is still counted."""

    async def scenario() -> None:
        counters = attempts(Clock(), login_limit="1/hour")
        with pytest.raises(ConnectionResetError):
            async with counters.reserve("主任", OFFICE):
                raise ConnectionResetError
        with pytest.raises(ProblemError):
            counters.check_open("主任", OFFICE)
        counters.check_open("主任", ELSEWHERE)

    asyncio.run(scenario())


def test_the_memory_of_counters_is_bounded() -> None:
    """The oldest key is dropped first, and a key whose window has passed is dropped too."""
    clock = Clock()
    window = _Window(parse("2/minute"), clock)
    for number in range(MOST_KEYS + 5):
        window.add(str(number).encode(), clock())
    assert len(window._times) == MOST_KEYS
    clock.now += 61
    assert window.wait(b"anybody") == 0
    assert not window._times


def test_a_window_moves() -> None:
    """With two in a minute, a third is allowed a minute after the first."""
    clock = Clock()
    window = _Window(parse("2/minute"), clock)
    window.add(b"k", clock())
    clock.now += 30
    window.add(b"k", clock())
    assert window.wait(b"k") == 30
    window.refund(b"k", clock())
    assert window.wait(b"k") == 0
    window.add(b"k", clock())
    clock.now += 31
    assert window.wait(b"k") == 0


def test_names_that_are_no_text_are_refused(store: Store, tmp_path: Path) -> None:
    """Lone surrogates, deep nesting and long bodies are refused with 400, not with an error 500."""

    async def talk(site: Site) -> None:
        bodies: tuple[Any, ...] = (
            b'{"name": "\\ud800", "password": "x"}',
            b"[" * 4000,
            b"null",
            b'{"name": "' + b"x" * 5000 + b'", "password": "x"}',
        )
        for body in bodies:
            answer = await site.client.post("/api/login", data=body)
            assert (answer.status, (await answer.json())["code"]) == (400, "bad_request")
        assert await site.tries("x" * 3000, "wrong") == 401

    serve(store, tmp_path, talk)
