"""WeChat's address: how each mode authenticates a message, and which requests are refused."""

import io
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

import pytest
import yaml
from aiohttp import ClientResponse

from connectors.contract import DecodeContext, Secrets
from connectors.formats.wechat_crypto import encrypt, signature
from connectors.wechat_official import CONNECTOR
from hub.intake.wechat import LARGEST, SignedUrls
from hub.security.credentials import credentials_path, load_or_create_credentials
from hub.settings import Settings
from hub.web.problem import Problem, ProblemError
from tests.builders.intake import Intake, with_intake
from tests.hub.intake.test_http import refused

PLAIN = (
    "<xml><ToUserName>gh_1</ToUserName><FromUserName>oAbc</FromUserName>"
    "<CreateTime>1772323392</CreateTime><MsgType>text</MsgType><Content>{}</Content><MsgId>1</MsgId>{}</xml>"
)
LAMP, WATER = PLAIN.format("路灯坏了", ""), PLAIN.format("停水", "")
Query = dict[str, str]


def query(intake: Intake, sealed: str = "", nonce: str = "n", stamp: str = "") -> Query:
    """Return the parameters with which WeChat signs a URL, and a ciphertext if there is one."""
    token = intake.credentials.value("wechat_official", "token")
    stamp = stamp or str(int(time.time()))
    params = {"timestamp": stamp, "nonce": nonce, "signature": signature(token, stamp, nonce)}
    if sealed:
        params["msg_signature"] = signature(token, stamp, nonce, sealed)
    return params


def seal(intake: Intake, text: str = LAMP) -> str:
    """Return the ciphertext of a message."""
    key = intake.credentials.value("wechat_official", "encoding_aes_key")
    app_id = intake.credentials.value("wechat_official", "app_id")
    return encrypt(text.encode(), key, app_id, b"r" * 16)


async def post(intake: Intake, body: str, signed: Query) -> ClientResponse:
    """Push a body under signed parameters."""
    return await intake.client.post("/v1/wechat", params=signed, data=body.encode())


def with_plain_mode(folder: Path, talk: Callable[[Intake], Awaitable[None]]) -> None:
    """Run against an intake whose account has no AES key."""
    settings = Settings(data=folder)
    load_or_create_credentials(settings)
    path = credentials_path(settings)
    held = yaml.safe_load(path.read_text())
    del held["wechat_official"]["encoding_aes_key"]
    path.write_text(yaml.safe_dump(held))
    with_intake(folder, talk)


def test_the_address_is_proved_by_an_echo(tmp_path: Path) -> None:
    """A GET is echoed; a wrong or old signature is refused, of a GET and of a POST."""

    async def talk(intake: Intake) -> None:
        signed = query(intake)
        echo = await intake.client.get("/v1/wechat", params={**signed, "echostr": "回声"})
        assert await echo.text() == "回声"
        wrong, old = {**signed, "signature": "0" * 40}, query(intake, stamp="1")
        await refused(await post(intake, LAMP, wrong), 401, "bad_signature")
        await refused(await post(intake, LAMP, old), 401, "stale")
        assert intake.kept == []

    with_intake(tmp_path, talk)


def test_an_encrypted_message_is_taken_by_its_own_signature(tmp_path: Path) -> None:
    """The signature over the ciphertext is needed; a repeated message is stored once."""

    async def talk(intake: Intake) -> None:
        sealed = seal(intake)
        body, signed = f"<xml><Encrypt>{sealed}</Encrypt></xml>", query(intake, sealed)
        for _ in range(3):
            assert await (await post(intake, body, signed)).text() == "success"
        assert [raw.body for raw in intake.kept] == [body.encode()]
        assert intake.kept[0].headers["x-wechat-nonce"] == "n"
        other = f"<xml><Encrypt>{seal(intake, WATER)}</Encrypt></xml>"
        await refused(await post(intake, other, signed), 401, "bad_signature")
        del signed["msg_signature"]
        await refused(await post(intake, body, signed), 401, "bad_signature")
        assert len(intake.kept) == 1

    with_intake(tmp_path, talk)


def test_plain_text_is_refused_where_an_aes_key_is_set(tmp_path: Path) -> None:
    """The URL's signature does not cover the body; invalid XML and large bodies are refused too."""

    async def talk(intake: Intake) -> None:
        answer = await post(intake, LAMP, query(intake))
        await refused(answer, 403, "not_encrypted")
        empty = await post(intake, PLAIN.format("x", "<Encrypt></Encrypt>"), query(intake))
        await refused(empty, 403, "not_encrypted")
        await refused(await post(intake, "{}", query(intake)), 400, "bad_request")
        large = io.BytesIO(b"x" * (LARGEST + 1))
        answer = await intake.client.post("/v1/wechat", params=query(intake), data=large)
        await refused(answer, 413, "too_large")
        assert intake.kept == []

    with_intake(tmp_path, talk)


def test_in_compatibility_mode_the_encrypted_part_counts(tmp_path: Path) -> None:
    """兼容模式 sends the plain fields too; changes of the plain fields have no effect."""

    async def talk(intake: Intake) -> None:
        sealed = seal(intake)
        both = PLAIN.format("伪造", f"<Encrypt>{sealed}</Encrypt>")
        assert (await post(intake, both, query(intake, sealed))).status == 200
        context = DecodeContext(secrets=Secrets(intake.credentials.of("wechat_official")))
        (decoded,) = CONNECTOR.decode_batch(intake.kept, context)
        assert [fact.content for fact in decoded.facts] == ["路灯坏了"]

    with_intake(tmp_path, talk)


def test_in_plain_mode_a_signature_is_valid_for_the_same_body_only(tmp_path: Path) -> None:
    """WeChat's own repetition is answered and stored once; another body is refused."""

    async def talk(intake: Intake) -> None:
        signed = query(intake)
        for _ in range(3):
            assert await (await post(intake, LAMP, signed)).text() == "success"
        await refused(await post(intake, WATER, signed), 401, "replayed")
        assert (await post(intake, WATER, query(intake, nonce="other"))).status == 200
        assert [raw.body.decode() for raw in intake.kept] == [LAMP, WATER]

    with_plain_mode(tmp_path, talk)


def test_signed_urls_are_known_after_a_start(tmp_path: Path) -> None:
    """The journal's messages of the last minutes bind their URLs; older ones are forgotten."""

    async def talk(intake: Intake) -> None:
        signed = query(intake)
        await post(intake, LAMP, signed)
        url, urls, other = (signed["timestamp"], "n"), SignedUrls(300), UUID(int=1)
        urls.remember(intake.kept, 1000.0)
        urls.claim(*url, intake.kept[0].receipt_id, 1000.0)
        with pytest.raises(ProblemError) as error:
            urls.claim(*url, other, 1001.0)
        assert error.value.problem is Problem.REPLAYED
        urls.claim(*url, other, 1601.0)

    with_plain_mode(tmp_path, talk)


def test_a_url_whose_message_was_not_taken_is_free_again() -> None:
    """If the journal is full, WeChat's repetition of the message is accepted later."""
    urls = SignedUrls(300)
    urls.claim("1", "n", UUID(int=1), 0.0)
    urls.release("1", "n")
    urls.claim("1", "n", UUID(int=2), 1.0)
