"""Limits on bodies in transit: the quota itself, and the intake while other senders stall."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from secrets import token_hex

import pytest

from hub.runtime.connections import Connections
from hub.web.body_quota import SMALL, BodyQuota, IncomingBody, Limits
from hub.web.problem import Problem, ProblemError
from hub.web.signature import HEAD_SIGNATURE, push_headers, signed_headers
from tests.builders.intake import Intake, with_intake
from tests.hub.intake.test_http import HOTLINE, ORDER, push, refused

KIB = 1024
LIMITS = Limits(
    total=1024 * KIB,
    unproven=512 * KIB,
    unproven_of_address=256 * KIB,
    bodies=8,
    bodies_of_address=4,
)
ANNOUNCED = 32 * 1024 * KIB


def begin(
    quota: BodyQuota,
    ended: list[str],
    name: str,
    *,
    proven: bool = False,
    size: int = 0,
    at: float = 0,
) -> IncomingBody:
    """Return a body that has started; `name`, its address and a digit, is added to `ended`."""
    incoming = IncomingBody(name.rstrip("0123456789"), proven, at, lambda: ended.append(name))
    quota.enter(incoming)
    if size:
        quota.grow(incoming, size, at + 1)
    return incoming


def problem_of(quota: BodyQuota, incoming: IncomingBody, count: int, now: float = 10) -> Problem:
    """Return the problem for which a body cannot grow."""
    with pytest.raises(ProblemError) as error:
        quota.grow(incoming, count, now)
    return error.value.problem


def test_only_received_bytes_count() -> None:
    """Stalled bodies block no other body, however many bytes they have announced."""
    quota, ended = BodyQuota(LIMITS), list[str]()
    for number in range(4):
        begin(quota, ended, f"stalled{number}", size=1)
    begin(quota, ended, "honest1", size=200 * KIB)
    assert quota.used == 200 * KIB + 4
    assert ended == []


def test_the_slowest_body_of_the_heaviest_address_is_ended() -> None:
    """A sender that uses less goes on; a body that leaves gives its bytes back once."""
    quota, ended = BodyQuota(LIMITS), list[str]()
    begin(quota, ended, "a1", size=128 * KIB, at=5)
    begin(quota, ended, "a2", size=128 * KIB)
    begin(quota, ended, "b1", size=200 * KIB)
    honest = begin(quota, ended, "c1", size=50 * KIB)
    quota.grow(honest, 100 * KIB, 10)
    assert ended == ["a2"]
    assert quota.used == (128 + 200 + 150) * KIB
    quota.leave(honest)
    quota.leave(honest)
    assert quota.used == 328 * KIB


def test_an_address_has_a_share_of_the_unproven_bytes() -> None:
    """Beyond it its slowest body ends, or the growing one if that is the slowest."""
    quota, ended = BodyQuota(LIMITS), list[str]()
    begin(quota, ended, "b1", size=100 * KIB)
    fast = begin(quota, ended, "a1", size=180 * KIB, at=8)
    slow = begin(quota, ended, "a2", size=SMALL)
    assert problem_of(quota, slow, 20 * KIB) is Problem.TOO_MUCH
    assert ended == []
    quota.grow(fast, 20 * KIB, 10)
    assert ended == ["a2"]


def test_proven_bodies_use_the_rest() -> None:
    """They end unproven bodies if the quota is exhausted, and never each other."""
    quota, ended = BodyQuota(LIMITS), list[str]()
    begin(quota, ended, "a1", size=200 * KIB)
    begin(quota, ended, "p1", proven=True, size=700 * KIB)
    more = begin(quota, ended, "q1", proven=True, size=300 * KIB)
    assert ended == ["a1"]
    assert problem_of(quota, more, 100 * KIB) is Problem.TOO_MUCH
    assert ended == ["a1"]


def test_a_single_body_may_exceed_a_bound() -> None:
    """No bound is smaller than one message."""
    quota, ended = BodyQuota(LIMITS), list[str]()
    begin(quota, ended, "a1", size=2048 * KIB)
    assert quota.used == 2048 * KIB


def test_the_number_of_bodies_is_bounded() -> None:
    """Per address and in total: the slowest body ends, and a complete one never does."""
    quota, ended = BodyQuota(LIMITS), list[str]()
    first = [begin(quota, ended, f"a{number}", size=KIB * (4 - number)) for number in range(4)]
    begin(quota, ended, "a4", at=9)
    assert ended == ["a3"]
    for name in ("b1", "c1", "d1", "e1"):
        begin(quota, ended, name, size=2 * KIB)
    begin(quota, ended, "f1", at=9)
    assert len(ended) == 2
    assert ended[1].startswith("a")
    for incoming in first:
        incoming.whole = True
    full = BodyQuota(Limits(1, 1, 1, 1, 1))
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
def test_stalled_connections_do_not_refuse_an_honest_push(tmp_path: Path, count: int) -> None:
    """All come from the same address; the honest sender signs the head, or only the body."""
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
    """A connection with half a head is closed when a new one needs its place, oldest first."""

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


def test_a_stalled_body_is_ended_for_a_new_body(tmp_path: Path) -> None:
    """If both do not fit, the slow sender is asked to send again."""

    async def talk(intake: Intake) -> None:
        started = asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield ORDER[:5]
            started.set()
            await asyncio.Event().wait()

        secret = intake.credentials.value("hotline_12345", "secret")
        headers = {**signed_headers(secret, ORDER), "Content-Length": str(len(ORDER))}
        first = asyncio.create_task(intake.client.post(HOTLINE, data=slowly(), headers=headers))
        await started.wait()
        while not first.done():
            # The head of the first body may not have arrived yet.
            assert (await push(intake)).status == 202
        answer = await first
        await refused(answer, 503, "too_much")
        assert answer.headers["Retry-After"] == "1"

    with_intake(tmp_path, talk, max_receiving=len(ORDER))


def test_a_body_below_the_least_rate_is_ended(tmp_path: Path) -> None:
    """It ends long before the time limit of a body, and nothing is stored."""

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


def test_an_invalid_head_is_refused_before_the_body(tmp_path: Path) -> None:
    """The answer comes while the body stalls: bad signature, old time, empty or used nonce."""

    async def talk(intake: Intake) -> None:
        runner = intake.client.server.runner
        assert runner is not None
        port = await intake.http.connections.listen(runner, "127.0.0.1", 0)
        secret = intake.credentials.value("hotline_12345", "secret")
        used = signed_headers(secret, ORDER)
        assert (await intake.client.post(HOTLINE, data=ORDER, headers=used)).status == 202
        good = signed_headers(secret, ORDER)
        invalid = ({"X-Hub-Signature": "x"}, {"X-Hub-Timestamp": "1"}, {"X-Hub-Nonce": ""})
        for headers in ({}, *({**good, **part} for part in invalid), used):
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            length = f"Content-Length: {ANNOUNCED}\r\n"
            writer.write(f"POST {HOTLINE} HTTP/1.1\r\nHost: x\r\n{length}{lines}\r\n".encode())
            assert b" 401 " in await reader.readline()
            writer.close()

    with_intake(tmp_path, talk)


def test_a_signed_head_authenticates_the_sender(tmp_path: Path) -> None:
    """If the head's signature does not match, the signature of the body decides."""

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
    """Otherwise a `RuntimeError` is raised."""
    from aiohttp import web

    app = web.Application()
    connections = Connections(app, most=1, most_of_address=1, idle_seconds=1)
    with pytest.raises(RuntimeError, match="not set up"):
        asyncio.run(connections.listen(web.AppRunner(app), "127.0.0.1", 0))
