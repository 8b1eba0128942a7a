"""Limits on everything that a sender controls, and credentials that can be changed at any time."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import ClientResponse, web

from hub.runtime import watched_file as followed_file
from hub.runtime.errors import HubError
from hub.security.credentials import Credentials, listed, retire, rotate
from hub.settings import Settings
from hub.web import mutual_tls
from hub.web.signature import signed_headers
from tests.builders.intake import Intake, with_intake
from tests.hub.intake.test_http import HOTLINE, ORDER, push, refused
from tests.integration.parts import free_port
from tests.kafka.certificates import Authority


async def signed_by(intake: Intake, secret: str) -> ClientResponse:
    """Push a request that is signed with a secret."""
    return await intake.client.post(HOTLINE, data=ORDER, headers=signed_headers(secret, ORDER))


def test_a_secret_is_changed_without_a_moment_in_which_a_sender_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old and the new secret are valid until the old one is retired; no restart is needed."""
    monkeypatch.setattr(followed_file, "CHECK_EVERY", 0.0)

    async def talk(intake: Intake) -> None:
        old = intake.credentials.value("hotline_12345", "secret")
        new = rotate(intake.settings, "hotline_12345", "secret")
        for secret in (old, new):
            assert (await signed_by(intake, secret)).status == 202
        assert ("hotline_12345", "secret", 2) in listed(intake.settings)
        retire(intake.settings, "hotline_12345", "secret")
        assert (await signed_by(intake, new)).status == 202
        await refused(await signed_by(intake, old), 401, "bad_signature")
        newest = rotate(intake.settings, "hotline_12345", "secret")
        rotate(intake.settings, "hotline_12345", "secret")
        await refused(await signed_by(intake, new), 401, "bad_signature")
        assert (await signed_by(intake, newest)).status == 202
        with pytest.raises(HubError, match="consumer_12315 secret"):
            rotate(intake.settings, "mayor_mailbox", "secret")

    with_intake(tmp_path, talk)


def test_without_a_secret_no_request_is_accepted() -> None:
    """An empty value or an empty list is no secret."""
    none = Credentials({"a": {"secret": ""}, "b": {"secret": []}, "c": {"secret": ["", "x"]}})
    assert [none.accepted(name, "secret") for name in "abcd"] == [(), (), ("x",), ()]


def test_a_body_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    """A sender that announces a body and sends half of it does not block the intake."""

    async def halfway() -> AsyncIterator[bytes]:
        yield ORDER[:5]
        await asyncio.Event().wait()

    async def talk(intake: Intake) -> None:
        secret = intake.credentials.value("hotline_12345", "secret")
        headers = {**signed_headers(secret, ORDER), "Content-Length": str(len(ORDER))}
        answer = await intake.client.post(HOTLINE, data=halfway(), headers=headers)
        await refused(answer, 408, "too_slow")
        assert intake.kept == []

    with_intake(tmp_path, talk, body_seconds=0.2)


def test_a_time_that_is_no_number_is_stale(tmp_path: Path) -> None:
    """Digits of other scripts, or thousands of digits, cause no error 500."""

    async def talk(intake: Intake) -> None:
        for stamp in ("²", "9" * 5000, "1e400", "nan", "一"):
            answer = await push(intake, **{"X-Hub-Timestamp": stamp})
            assert answer.status == 401
            token = intake.credentials.value("wechat_official", "token")
            query = {"timestamp": stamp, "nonce": "n", "signature": _signature(token, stamp)}
            answer = await intake.client.post("/v1/wechat", params=query, data=b"<xml/>")
            assert answer.status == 401

    with_intake(tmp_path, talk)


@pytest.mark.parametrize(
    ("path", "header"),
    [
        (HOTLINE, b"X-Hub-Signature: \xff"),
        (HOTLINE, b"X-Hub-Nonce: \xff"),
        (HOTLINE, b"X-Hub-Timestamp: \xff"),
        ("/v1/admin/replay", b"Authorization: Bearer \xff"),
    ],
)
def test_a_header_that_is_no_text_proves_nothing(tmp_path: Path, path: str, header: bytes) -> None:
    """It is refused and causes no error 500."""

    async def talk(intake: Intake) -> None:
        port = intake.client.server.port
        assert port is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n"
        writer.write(head.encode() + header + b"\r\n\r\n{}")
        status = (await reader.read()).split(b" ")[1]
        writer.close()
        assert status == b"401"

    with_intake(tmp_path, talk)


def _signature(token: str, stamp: str) -> str:
    from connectors.formats.wechat_crypto import signature

    return signature(token, stamp, "n")


def test_a_channel_shows_its_certificate(tmp_path: Path) -> None:
    """With mutual TLS only the channel's own certificate is accepted.

    That of another office or of an unknown authority, or none, is refused.
    """
    authority, stranger = Authority(tmp_path / "ca", "city"), Authority(tmp_path / "other", "x")
    certificate, key = authority.sign("intake")
    settings = {
        "mutual_port": free_port(),
        "mutual_cert": certificate,
        "mutual_key": key,
        "mutual_ca": authority.ca,
        "mutual_for": "hotline_12345, consumer_12315",
    }

    async def over_tls(intake: Intake, shown: tuple[Path, Path] | None) -> int:
        trusting = ssl.create_default_context(cafile=str(authority.ca))
        if shown:
            trusting.load_cert_chain(*shown)
        secret = intake.credentials.value("hotline_12345", "secret")
        url = f"https://127.0.0.1:{intake.settings.mutual_port}{HOTLINE}"
        async with aiohttp.ClientSession() as session:
            signed = signed_headers(secret, ORDER)
            try:
                async with session.post(url, data=ORDER, headers=signed, ssl=trusting) as answer:
                    return answer.status
            except (aiohttp.ClientError, ssl.SSLError):
                return 0

    async def talk(intake: Intake) -> None:
        runner = intake.client.server.runner
        assert runner is not None
        secured = mutual_tls.context(intake.settings)
        port = intake.settings.mutual_port
        await web.TCPSite(runner, "127.0.0.1", port, ssl_context=secured).start()
        assert await over_tls(intake, authority.sign("hotline_12345")) == 202
        assert await over_tls(intake, authority.sign("consumer_12315")) == 401
        assert await over_tls(intake, stranger.sign("hotline_12345")) == 0
        assert await over_tls(intake, None) == 0
        await refused(await push(intake), 401, "certificate_needed")
        path = HOTLINE.replace("hotline_12345", "urban_12319")
        assert (await push(intake, path=path)).status == 202
        assert len(intake.kept) == 2

    with_intake(tmp_path, talk, **settings)


def test_a_port_without_its_files_is_refused_at_the_start() -> None:
    """The intake does not start, rather than accept every sender."""
    with pytest.raises(OSError, match="HUB_MUTUAL_CA"):
        mutual_tls.context(Settings(mutual_port=1))
