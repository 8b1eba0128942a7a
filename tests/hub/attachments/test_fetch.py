"""Fetching attachments from a server that misbehaves."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.attachments.error import AttachmentError
from hub.attachments.fetch import AttachmentSource
from hub.settings.attachments import AttachmentSettings

SIZE = 5000


async def _picture(_: web.Request) -> web.Response:
    return web.Response(body=b"x" * SIZE, content_type="image/jpeg")


async def _endless(request: web.Request) -> web.StreamResponse:
    """Send without a length and without an end."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"x" * 65536)
        await asyncio.sleep(0)


async def _silent(_: web.Request) -> web.Response:
    await asyncio.Event().wait()
    return web.Response()


async def _packed(_: web.Request) -> web.Response:
    return web.Response(body=b"x", headers={"Content-Encoding": "br"})


def _redirect(to: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": to})

    return answer


ROUTES = {
    "/picture": _picture,
    "/endless": _endless,
    "/silent": _silent,
    "/packed": _packed,
    "/near": _redirect("/picture"),
    "/inner": _redirect("http://127.0.0.2/secret"),
    "/file": _redirect("file:///etc/passwd"),
    "/circle": _redirect("/circle"),
}


def fetch(path: str, most: int = 10_000, **settings: Any) -> bytes:
    """Return what a fetch of a path of the server returns."""

    async def run() -> bytes:
        app = web.Application()
        for route, handler in ROUTES.items():
            app.router.add_get(route, handler)
        async with TestServer(app, host="127.0.0.1") as server:
            hosts = {"attachment_hosts": "127.0.0.1", "attachment_seconds": 5, **settings}
            source = AttachmentSource(AttachmentSettings(**hosts))
            return await source.read(str(server.make_url(path)), most)

    return asyncio.run(run())


@pytest.mark.parametrize("path", ["/picture", "/near"])
def test_an_attachment_is_fetched(path: str) -> None:
    """A redirect to a permitted address is followed."""
    assert len(fetch(path)) == SIZE


@pytest.mark.parametrize("path", ["/inner", "/file", "/circle", "/packed", "/missing"])
def test_what_is_dangerous_or_missing_is_refused(path: str) -> None:
    """Redirects to inner addresses, to files or in a circle, packed bodies, and a 404."""
    with pytest.raises(AttachmentError):
        fetch(path)


@pytest.mark.parametrize(
    ("path", "most", "bytes_"),
    [("/picture", 4999, 10_000), ("/picture", 10_000, 4999), ("/endless", 10**9, 200_000)],
)
def test_a_large_attachment_is_refused(path: str, most: int, bytes_: int) -> None:
    """Whether its length is announced or not."""
    with pytest.raises(AttachmentError, match="附件过大"):
        fetch(path, most, attachment_bytes=bytes_)


def test_a_silent_server_is_given_up() -> None:
    """The whole fetch has a limit of time."""
    with pytest.raises(AttachmentError, match="没有应答"):
        fetch("/silent", attachment_seconds=0.3)


def test_a_private_host_that_is_not_listed_is_refused() -> None:
    """By default nothing private is fetched."""
    with pytest.raises(AttachmentError):
        fetch("/picture", attachment_hosts="")
