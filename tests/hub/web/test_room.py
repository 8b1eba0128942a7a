"""Which bodies may go on: the room as a whole, and the intake beside senders who stall."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from secrets import token_hex

import pytest

from hub.runtime.connections import Connections
from hub.web.problem import Problem, ProblemError
from hub.web.room import SMALL, Arrival, Limits, Room
from hub.web.signature import HEAD_SIGNATURE, push_headers, signed_headers
from tests.builders.intake import Intake, with_intake
from tests.hub.intake.test_http import HOTLINE, ORDER, push, refused

KIB = 1024
LIMITS = Limits(
    total=1024 * KIB, unproven=512 * KIB, unproven_of_address=256 * KIB, bodies=8,
    bodies_of_address=4,
)  # fmt: skip
ANNOUNCED = 32 * 1024 * KIB


def begin(
    room: Room, ended: list[str], name: str, *, proven: bool = False, size: int = 0, at: float = 0
) -> Arrival:
    """Return a body that has begun; `name` is its address and a digit, and is noted at its end."""
    arrival = Arrival(name.rstrip("0123456789"), proven, at, lambda: ended.append(name))
    room.enter(arrival)
    if size:
        room.grow(arrival, size, at + 1)
    return arrival


def problem_of(room: Room, arrival: Arrival, count: int, now: float = 10) -> Problem:
    """Return why a body cannot grow."""
    with pytest.raises(ProblemError) as error:
        room.grow(arrival, count, now)
    return error.value.problem


def test_only_what_has_come_takes_room() -> None:
    """Bodies that have sent next to nothing keep nobody out, however many bytes they announced."""
    room, ended = Room(LIMITS), list[str]()
    for number in range(4):
        begin(room, ended, f"stalled{number}", size=1)
    begin(room, ended, "honest1", size=200 * KIB)
    assert room.held == 200 * KIB + 4
    assert ended == []


def test_the_slowest_of_whoever_holds_most_is_ended() -> None:
    """An honest sender who holds less goes on; room that a body has had is given back."""
    room, ended = Room(LIMITS), list[str]()
    begin(room, ended, "a1", size=128 * KIB, at=5)
    begin(room, ended, "a2", size=128 * KIB)
    begin(room, ended, "b1", size=200 * KIB)
    honest = begin(room, ended, "c1", size=50 * KIB)
    room.grow(honest, 100 * KIB, 10)
    assert ended == ["a2"]
    assert room.held == (128 + 200 + 150) * KIB
    room.leave(honest)
    room.leave(honest)
    assert room.held == 328 * KIB


def test_one_address_has_a_share_of_what_is_unproven() -> None:
    """Over it, its own slowest body ends, and nobody else's; where that is itself it is refused."""
    room, ended = Room(LIMITS), list[str]()
    begin(room, ended, "b1", size=100 * KIB)
    fast = begin(room, ended, "a1", size=180 * KIB, at=8)
    slow = begin(room, ended, "a2", size=SMALL)
    assert problem_of(room, slow, 20 * KIB) is Problem.TOO_MUCH
    assert ended == []
    room.grow(fast, 20 * KIB, 10)
    assert ended == ["a2"]


def test_the_proven_have_the_rest() -> None:
    """They end the unproven where room is short, and never each other."""
    room, ended = Room(LIMITS), list[str]()
    begin(room, ended, "a1", size=200 * KIB)
    begin(room, ended, "p1", proven=True, size=700 * KIB)
    more = begin(room, ended, "q1", proven=True, size=300 * KIB)
    assert ended == ["a1"]
    assert problem_of(room, more, 100 * KIB) is Problem.TOO_MUCH
    assert ended == ["a1"]


def test_a_body_alone_within_a_bound_is_always_taken() -> None:
    """No bound is smaller than one message."""
    room, ended = Room(LIMITS), list[str]()
    begin(room, ended, "a1", size=2048 * KIB)
    assert room.held == 2048 * KIB


def test_so_many_bodies_are_under_way() -> None:
    """Of one address and in all; then the slowest ends, and one that is whole is never ended."""
    room, ended = Room(LIMITS), list[str]()
    first = [begin(room, ended, f"a{number}", size=KIB * (4 - number)) for number in range(4)]
    begin(room, ended, "a4", at=9)
    assert ended == ["a3"]
    for name in ("b1", "c1", "d1", "e1"):
        begin(room, ended, name, size=2 * KIB)
    begin(room, ended, "f1", at=9)
    assert len(ended) == 2
    assert ended[1].startswith("a")
    for arrival in first:
        arrival.whole = True
    full = Room(Limits(1, 1, 1, 1, 1))
    begin(full, ended, "x1", size=1).whole = True
    with pytest.raises(ProblemError):
        begin(full, ended, "x2")


async def stall(port: int, count: int, headers: dict[str, str]) -> list[asyncio.StreamWriter]:
    """Open connections that announce 32 MiB each and send one byte."""
    writers = []
    for _ in range(count):
        own = {"Content-Length": str(ANNOUNCED), "X-Hub-Nonce": token_hex(8), **headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in own.items())
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"POST {HOTLINE} HTTP/1.1\r\nHost: x\r\n{lines}\r\n{{".encode())
        await writer.drain()
        writers.append(writer)
    return writers


@pytest.mark.parametrize("count", [17, 200])
def test_stalled_connections_turn_no_honest_push_away(tmp_path: Path, count: int) -> None:
    """Whether an honest sender proves himself before his body or by it only, from one address."""
    forged = {"X-Hub-Timestamp": str(int(time.time())), "X-Hub-Signature": "sha256=" + "0" * 64}

    async def talk(intake: Intake) -> None:
        runner = intake.client.server.runner
        assert runner is not None
        port = await intake.http.connections.listen(runner, "127.0.0.1", 0)
        writers = await stall(port, count, forged)
        secret = intake.credentials.value("hotline_12345", "secret")
        large = b" " * (400 * KIB) + ORDER
        for body in (ORDER, large):
            for headers in (signed_headers(secret, body), push_headers(secret, body)):
                answer = await intake.client.post(HOTLINE, data=body, headers=headers)
                assert answer.status == 202, await answer.text()
        assert len(intake.kept) == 4
        for writer in writers:
            writer.close()

    with_intake(tmp_path, talk)


def test_connections_without_a_request_are_closed_for_new_ones(tmp_path: Path) -> None:
    """Half a head keeps a place only until somebody else wants it; the oldest goes first."""

    async def talk(intake: Intake) -> None:
        runner = intake.client.server.runner
        assert runner is not None
        port = await intake.http.connections.listen(runner, "127.0.0.1", 0)
        opened = []
        for _ in range(6):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"POST /v1/wechat HTTP/1.1\r\nHo")
            opened.append((reader, writer))
        for reader, _ in opened[:2]:
            with pytest.raises((ConnectionResetError, EOFError)):
                (await reader.readexactly(1))
        assert (await push(intake)).status == 202
        for _, writer in opened:
            writer.close()

    with_intake(tmp_path, talk, max_connections=64, max_connections_per_address=4)


def test_a_stalled_body_ends_for_one_that_comes(tmp_path: Path) -> None:
    """Where both do not fit the slow one is told to send again."""

    async def talk(intake: Intake) -> None:
        begun = asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield ORDER[:5]
            begun.set()
            await asyncio.Event().wait()

        secret = intake.credentials.value("hotline_12345", "secret")
        headers = {**signed_headers(secret, ORDER), "Content-Length": str(len(ORDER))}
        first = asyncio.create_task(intake.client.post(HOTLINE, data=slowly(), headers=headers))
        await begun.wait()
        while not first.done():
            # The first body's head may not have come yet.
            assert (await push(intake)).status == 202
        answer = await first
        await refused(answer, 503, "too_much")
        assert answer.headers["Retry-After"] == "1"

    with_intake(tmp_path, talk, max_receiving=len(ORDER))


def test_a_sender_is_ended_below_the_least_rate(tmp_path: Path) -> None:
    """Long before the time that a whole body has; nothing is kept."""

    async def dribble() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.02)

    async def talk(intake: Intake) -> None:
        secret = intake.credentials.value("hotline_12345", "secret")
        headers = {**signed_headers(secret, ORDER), "Content-Length": str(ANNOUNCED)}
        answer = await intake.client.post(HOTLINE, data=dribble(), headers=headers)
        await refused(answer, 408, "too_slow")
        assert "at 1000000 bytes a second" in (await answer.json())["detail"]

    with_intake(tmp_path, talk, body_seconds=600, body_grace=0.1, body_rate=1_000_000)


def test_what_no_body_can_make_right_is_refused_before_it(tmp_path: Path) -> None:
    """The answer comes while the body stalls: no form, no time, a nonce that was used."""

    async def talk(intake: Intake) -> None:
        runner = intake.client.server.runner
        assert runner is not None
        port = await intake.http.connections.listen(runner, "127.0.0.1", 0)
        secret = intake.credentials.value("hotline_12345", "secret")
        used = signed_headers(secret, ORDER)
        assert (await intake.client.post(HOTLINE, data=ORDER, headers=used)).status == 202
        good = signed_headers(secret, ORDER)
        for headers in ({}, {**good, "X-Hub-Signature": "x"}, {**good, "X-Hub-Timestamp": "1"},
                        {**good, "X-Hub-Nonce": ""}, used):  # fmt: skip
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            length = f"Content-Length: {ANNOUNCED}\r\n"
            writer.write(f"POST {HOTLINE} HTTP/1.1\r\nHost: x\r\n{length}{lines}\r\n".encode())
            assert b" 401 " in await reader.readline()
            writer.close()

    with_intake(tmp_path, talk)


def test_a_head_proves_its_sender(tmp_path: Path) -> None:
    """One that does not match proves nothing, and the body's own signature decides."""

    async def talk(intake: Intake) -> None:
        assert (await push(intake, **{HEAD_SIGNATURE: "sha256=0"})).status == 202
        secret = intake.credentials.value("hotline_12345", "secret")
        headers = push_headers(secret, ORDER)
        assert (await intake.client.post(HOTLINE, data=ORDER, headers=headers)).status == 202
        headers = {**push_headers(secret, ORDER), "X-Hub-Signature": "sha256=" + "0" * 64}
        answer = await intake.client.post(HOTLINE, data=ORDER, headers=headers)
        await refused(answer, 401, "bad_signature")

    with_intake(tmp_path, talk)


def test_connections_need_a_runner_that_is_set_up() -> None:
    """The error says so."""
    from aiohttp import web

    app = web.Application()
    connections = Connections(app, most=1, most_of_address=1, idle_seconds=1)
    with pytest.raises(RuntimeError, match="not set up"):
        asyncio.run(connections.listen(web.AppRunner(app), "127.0.0.1", 0))
