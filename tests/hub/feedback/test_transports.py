"""Each transport delivers to a real receiver, and distinguishes temporary from permanent faults."""

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiosmtpd.controller import Controller

from connectors.contract import CannotTellError, Outgoing, Way
from hub.feedback.addresses import Address
from hub.feedback.transports import (
    HttpPush,
    Mail,
    ReturnFile,
    ReturnTable,
    TryLaterError,
    WeChatPush,
    transport_for,
)
from hub.web.signature import verify
from tests.integration.parts import free_port

MESSAGE = Outgoing(b'{"a": 1}', path="/in")


def served(handler: Any, use: Callable[[aiohttp.ClientSession, str], Awaitable[None]]) -> None:
    """Serve a handler for all addresses, and run a test."""

    async def scenario() -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handler)
        async with TestServer(app) as server, aiohttp.ClientSession() as session:
            await use(session, str(server.make_url("")).rstrip("/"))

    asyncio.run(scenario())


def test_a_push_is_signed_and_its_answer_is_the_proof() -> None:
    """The receiver verifies the signature as the intake does; the key identifies a repetition."""
    seen: dict[str, Any] = {}

    async def receive(request: web.Request) -> web.Response:
        body = await request.read()
        at = float(request.headers["X-Hub-Timestamp"])
        verify(("secret",), request.headers, body, at, 300)
        seen.update(path=request.path, body=body, key=request.headers["Idempotency-Key"])
        return web.Response(text="收到")

    async def use(session: aiohttp.ClientSession, url: str) -> None:
        assert (
            await HttpPush(session, f"{url}/x/", "secret").deliver(MESSAGE, "k1") == "HTTP 200 收到"
        )
        assert seen == {"path": "/x/in", "body": MESSAGE.body, "key": "k1"}

    served(receive, use)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (500, TryLaterError),
        (503, TryLaterError),
        (429, TryLaterError),
        (401, TryLaterError),
        (404, TryLaterError),
        (302, TryLaterError),
        (400, CannotTellError),
        (410, CannotTellError),
    ],
)
def test_a_response_decides_whether_a_delivery_is_retried(
    status: int, error: type[Exception]
) -> None:
    """A temporary fault is retried; a refusal of the content is not."""

    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=status, text="no", headers={"Retry-After": "7"})

    async def use(session: aiohttp.ClientSession, url: str) -> None:
        with pytest.raises(error, match=f"HTTP {status} no") as raised:
            await HttpPush(session, url, "").deliver(MESSAGE, "k")
        assert getattr(raised.value, "after", 7.0) == 7.0

    served(refuse, use)


def test_a_receiver_that_is_away_or_breaks_off_is_retried() -> None:
    """A refused connection is retried, and so is one that is cut before the answer."""

    async def cut(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async def use(session: aiohttp.ClientSession, url: str) -> None:
        for where in (url, f"http://127.0.0.1:{free_port()}"):
            with pytest.raises(TryLaterError):
                await HttpPush(session, where, "").deliver(MESSAGE, "k")

    served(cut, use)


class Platform:
    """WeChat's two calls; a test can make its tokens stale."""

    def __init__(self) -> None:
        self.tokens = 0
        self.codes: list[int] = []
        self.got: list[dict[str, Any]] = []

    async def answer(self, request: web.Request) -> web.Response:
        """Answer as the platform does."""
        if request.path == "/cgi-bin/token":
            if request.query["secret"] != "s":
                return web.json_response({"errcode": 40125, "errmsg": "invalid appsecret"})
            self.tokens += 1
            return web.json_response({"access_token": f"T{self.tokens}", "expires_in": 7200})
        if request.query["access_token"] != f"T{self.tokens}":
            return web.json_response({"errcode": 40001, "errmsg": "stale"})
        code = self.codes.pop(0) if self.codes else 0
        if not code:
            self.got.append(json.loads(await request.read()))
        return web.json_response({"errcode": code, "errmsg": "ok" if not code else "no"})


def test_wechat_fetches_a_token_once_and_anew_when_it_is_stale() -> None:
    """Busy, a wrong secret and no connection are retried; a message after 48 hours is not.

    No error shows the secret.
    """
    platform = Platform()

    async def use(session: aiohttp.ClientSession, url: str) -> None:
        push = WeChatPush(session, url, "wx1", "s")
        assert await push.deliver(MESSAGE, "k") == "errcode 0 ok"
        assert await push.deliver(MESSAGE, "k") == "errcode 0 ok"
        assert platform.tokens == 1
        platform.tokens = 7
        assert await push.deliver(MESSAGE, "k") == "errcode 0 ok"
        assert platform.tokens == 8
        platform.codes = [-1, 45015]
        with pytest.raises(TryLaterError, match="errcode -1"):
            await push.deliver(MESSAGE, "k")
        with pytest.raises(CannotTellError, match="errcode 45015"):
            await push.deliver(MESSAGE, "k")
        with pytest.raises(TryLaterError, match="40125"):
            await WeChatPush(session, url, "wx1", "wrong").deliver(MESSAGE, "k")
        nowhere = WeChatPush(session, f"http://127.0.0.1:{free_port()}", "wx1", "s3cret")
        with pytest.raises(TryLaterError) as raised:
            await nowhere.deliver(MESSAGE, "k")
        assert "s3cret" not in str(raised.value)

    served(platform.answer, use)


class Postbox:
    """An SMTP server that refuses some recipients."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, list[str], bytes]] = []

    async def handle_RCPT(  # noqa: N802
        self, _: Any, __: Any, envelope: Any, address: str, ___: Any
    ) -> str:
        """Refuse nobody@ permanently and busy@ temporarily."""
        if address.startswith("nobody@"):
            return "550 no such user"
        if address.startswith("busy@"):
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: N802
        """Keep the mail."""
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"


def test_mail_goes_to_a_real_server() -> None:
    """Sender, recipient and text arrive; 5yz is permanent, 4yz and no server are temporary."""
    box, port = Postbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        way = Mail(f"smtp://127.0.0.1:{port}", "mayor@example.cn")
        body = b"To: li@example.cn\r\nMessage-ID: <1@hub>\r\nSubject: x\r\n\r\n" + b"hello"
        letter = Outgoing(body, "message/rfc822", to="li@example.cn")
        assert asyncio.run(way.deliver(letter, "k")) == "taken as <1@hub>"
        ((sender, recipients, content),) = box.mails
        assert (sender, recipients) == ("mayor@example.cn", ["li@example.cn"])
        assert message_from_bytes(content, policy=policy.default)["From"] == "mayor@example.cn"
        with pytest.raises(CannotTellError, match="550"):
            asyncio.run(way.deliver(Outgoing(body, to="nobody@example.cn"), "k"))
        with pytest.raises(TryLaterError, match="451"):
            asyncio.run(way.deliver(Outgoing(body, to="busy@example.cn"), "k"))
    finally:
        controller.stop()
    with pytest.raises(TryLaterError):
        asyncio.run(way.deliver(letter, "k"))


def test_a_return_file_appears_whole(tmp_path: Path) -> None:
    """Repetitions have the same name; a folder that cannot be created is a temporary fault."""
    way = ReturnFile(tmp_path / "out")
    assert asyncio.run(way.deliver(Outgoing(b"x", ending="csv"), "k")) == "k.csv"
    assert asyncio.run(way.deliver(Outgoing(b"x", ending="csv"), "k")) == "k.csv"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["k.csv"]
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(TryLaterError):
        asyncio.run(ReturnFile(tmp_path / "file").deliver(Outgoing(b"x", ending="csv"), "k"))


def test_a_row_is_written_once(tmp_path: Path) -> None:
    """A repeated row is stored once in the channel's database; without a database it is retried."""
    row = {
        "reply_id": "r1",
        "complaint_no": "C1",
        "status": "已办结",
        "unit": "局",
        "content": "c",
        "answer": "a",
        "replied_at": "2026-03-02 12:00:00",
    }
    message = Outgoing(json.dumps(row).encode())
    way = ReturnTable(f"sqlite:///{tmp_path}/complaints.db")
    for _ in range(2):
        assert asyncio.run(way.deliver(message, "r1")) == "row r1 of complaint_replies"
    with sqlite3.connect(tmp_path / "complaints.db") as database:
        (count,) = database.execute("SELECT count(*) FROM complaint_replies").fetchone()
    database.close()
    assert count == 1
    with pytest.raises(TryLaterError):
        asyncio.run(ReturnTable(f"sqlite:///{tmp_path}/no/such.db").deliver(message, "r1"))


def test_an_incomplete_address_names_the_missing_part(tmp_path: Path) -> None:
    """An incomplete address names the missing part, so that the operator can add it."""

    async def scenario() -> None:
        async with aiohttp.ClientSession() as session:
            for way, address, missing in (
                (Way.HTTP, Address(), "url"),
                (Way.TABLE, Address(), "url"),
                (Way.WECHAT, Address(url="http://x"), "app_secret"),
                (Way.MAIL, Address(sender="a@b.cn"), "HUB_SMTP_URL"),
            ):
                refusal = transport_for(way, address, session, {}, "", tmp_path)
                assert isinstance(refusal, str)
                assert missing in refusal
            for way in (Way.TOPIC, Way.PULL, Way.FILE):
                transport = transport_for(way, Address(), session, {}, "", tmp_path)
                assert not isinstance(transport, str)
                assert await transport.deliver(Outgoing(b"x", ending="xml"), "k")

    asyncio.run(scenario())
