"""The leader board: pages that repeat, loop, are damaged or are no pages stop nothing."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from hub.intake.collectors.api_page import find_cursor, read_page
from hub.intake.collectors.leader_board import CURSOR, LeaderBoard
from hub.intake.collectors.paged_api import _seconds
from hub.runtime.periodic import BusySourceError
from hub.runtime.process import listen
from tests.builders.collecting import Desk, at_desk, rounds
from tests.integration.parts import free_port

Page = Callable[[str, int], web.Response]


def with_board(
    folder: Path, page: Page, talk: Callable[[Desk, LeaderBoard], Awaitable[None]]
) -> None:
    """Serve `page(after, limit)` and run `talk` with a collector of it."""

    async def serve(request: web.Request) -> web.Response:
        return page(request.query["after"], int(request.query["limit"]))

    async def whole(desk: Desk) -> None:
        app, port = web.Application(), free_port()
        app.router.add_get("/posts", serve)
        runner = await listen(app, "127.0.0.1", port)
        try:
            source = desk.restart(leader_board_url=f"http://127.0.0.1:{port}")
            await talk(desk, LeaderBoard(source))
        finally:
            await runner.cleanup()

    at_desk(folder, whole)


def page_of(*tids: int, following: object = None, **more: object) -> web.Response:
    """Return a page of posts."""
    posts = [{"tid": tid} for tid in tids]
    return web.json_response({"posts": posts, "next": following, **more})


def tids(desk: Desk) -> list[int]:
    """Return the posts in the journal."""
    return [post["tid"] for raw in desk.kept for post in json.loads(raw.body)["posts"]]


def test_a_loop_of_cursors_is_walked_at_the_pace_of_polls(tmp_path: Path) -> None:
    """Pages that lead back to the first are kept once and do not keep the hub busy."""
    following = {"": "b", "b": "c", "c": "b"}

    async def talk(desk: Desk, board: LeaderBoard) -> None:
        amounts = [await board.collect() for _ in range(8)]
        assert amounts[3:] == [0] * 5
        assert tids(desk) == [0, 1, 2]

    def page(after: str, _: int) -> web.Response:
        return page_of(list(following).index(after), following=following[after])

    with_board(tmp_path, page, talk)


def test_a_board_that_ignores_the_cursor_fills_no_journal(tmp_path: Path) -> None:
    """The same posts under ever new cursors, and beside a time that changes, are one delivery."""
    calls: list[str] = []

    def page(after: str, _: int) -> web.Response:
        calls.append(after)
        return page_of(1, 2, following=len(calls), serverTime=len(calls))

    async def talk(desk: Desk, board: LeaderBoard) -> None:
        await rounds(board.collect, 5)
        assert tids(desk) == [1, 2]
        assert len(set(calls)) == 5

    with_board(tmp_path, page, talk)


@pytest.mark.parametrize(
    "answer",
    [
        ("<html><title>502 Bad Gateway</title></html>", 200),
        ("<html>login</html>", 403),
        ('{"code": 500, "msg": "busy"}', 200),
        ("", 200),
        ("[]", 200),
        ('{"posts": "none"}', 200),
    ],
)
def test_an_error_page_moves_nothing(answer: tuple[str, int], tmp_path: Path) -> None:
    """What is no page of posts fails the round; the place is kept and reading goes on later."""
    answers = [answer] * 3

    def page(after: str, _: int) -> web.Response:
        if answers and after == "a":
            text, status = answers.pop()
            return web.Response(text=text, status=status, content_type="text/html")
        return page_of(len(after), following="" if after else "a")

    async def talk(desk: Desk, board: LeaderBoard) -> None:
        faults = await rounds(board.collect, 5)
        assert [type(fault) for fault in faults] == [OSError] * 3
        assert tids(desk) == [0, 1]
        assert desk.set_aside("leader board") == 0

    with_board(tmp_path, page, talk)


def test_a_damaged_post_is_isolated_and_kept_as_bytes(tmp_path: Path) -> None:
    """The posts around one that is no JSON are read; its own bytes are kept, reported once."""

    def page(after: str, limit: int) -> web.Response:
        start = int(after or 0)
        numbers = range(start, min(start + limit, 9))
        posts = ", ".join('{"tid": 6, "x": tru}' if n == 6 else f'{{"tid": {n}}}' for n in numbers)
        text = f'{{"posts": [{posts}], "next": "{numbers.stop}"}}'
        return web.Response(text=text, content_type="application/json")

    async def talk(desk: Desk, board: LeaderBoard) -> None:
        await rounds(board.collect, 40)
        bodies = [raw.body for raw in desk.kept]
        (damaged,) = [body for body in bodies if b"tru}" in body]
        bodies.remove(damaged)
        posts = [post["tid"] for body in bodies for post in json.loads(body)["posts"]]
        assert posts == [0, 1, 2, 3, 4, 5, 7, 8]
        assert desk.set_aside("leader board") == 1

    with_board(tmp_path, page, talk)


def test_a_busy_board_says_when_to_ask_again(tmp_path: Path) -> None:
    """429 and 503 with Retry-After keep the place and ask for a pause."""

    def page(_: str, __: int) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": "120"})

    async def talk(desk: Desk, board: LeaderBoard) -> None:
        (fault,) = await rounds(board.collect, 1)
        assert isinstance(fault, BusySourceError)
        assert fault.wait == 120
        assert desk.kept == []

    with_board(tmp_path, page, talk)


def test_a_cursor_that_the_board_forgot_begins_anew(tmp_path: Path) -> None:
    """410 Gone sends the collector to the first page; what it has is kept once."""

    def page(after: str, _: int) -> web.Response:
        if after == "expired":
            return web.Response(status=410)
        return page_of(1, following="" if after else "a")

    async def talk(desk: Desk, board: LeaderBoard) -> None:
        desk.journal.set(CURSOR, "expired")
        assert len(await rounds(board.collect, 3)) == 1
        assert tids(desk) == [1]
        assert desk.journal.get(CURSOR) == "a"

    with_board(tmp_path, page, talk)


def test_a_page_is_read_in_any_form() -> None:
    """Charset, packing, null posts and kinds of cursors do not matter; the digest is of posts."""
    text = '{"posts": [{"tid": 1, "subject": "路灯"}], "next": 20260301000000001234}'
    page = read_page(text.encode("gbk"), "application/json; charset=GBK", "posts")
    assert page[:2] == ("20260301000000001234", 1)
    assert page.digest == read_page(text.replace("1234", "1").encode(), "", "posts").digest
    assert read_page(b'{"posts": null, "next": 0}', "", "posts")[:2] == ("", 0)
    assert read_page(b'{"posts": [], "next": true}', "", "posts").following == ""
    assert read_page(b'{"posts": ["a\tb"], "next": {}}', "", "posts")[:2] == ("", 1)


def test_the_cursor_of_a_damaged_page_is_found() -> None:
    """It is the last `next` in the bytes; a page that was cut off has none."""
    assert find_cursor(b'{"posts": [{"next": "x"}, tru], "next": "a\\u0062"}') == "ab"
    assert find_cursor(b'{"posts": [tru], "next": 17}') == "17"
    assert find_cursor(b'{"posts": [{"tid": 1}, {"ti') == ""


def test_the_time_of_a_retry_is_read_in_both_forms() -> None:
    """Retry-After has seconds or a date; anything else asks for nothing."""
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert _seconds("30", now) == 30
    assert _seconds("Sun, 01 Mar 2026 00:01:00 GMT", now) == 60
    assert _seconds("Sat, 28 Feb 2026 00:00:00 GMT", now) == 0
    assert _seconds("soon", now) == 0
