"""Transports 送达方式: each hands over one message in a channel's own format.

A transport returns the proof that the receiver has the message. Otherwise it raises
`TryLaterError` if a later attempt may succeed, or `CannotTellError` if none will.
"""

import asyncio
import json
import smtplib
from collections.abc import Mapping
from email import message_from_bytes, policy
from pathlib import Path
from time import time
from typing import Protocol

import aiohttp
from sqlalchemy import Column, Engine, MetaData, String, Table, Text, create_engine, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from connectors.contract import CannotTellError, Outgoing, Way
from hub.feedback.addresses import Address
from hub.web.connection_fault import connection_fault
from hub.web.signature import signed_headers
from hub.web.smtp import mail_fault, reply_text, smtp_connection

TIMEOUT = 30.0
SHOWN = 200
"""Number of characters of a receiver's response that are kept as proof."""
TRY_LATER = frozenset({401, 403, 404, 408, 425, 429})
"""Client errors that may be temporary: wrong credentials or address, or a rate limit."""
RETURN_TABLE = "complaint_replies"


class TryLaterError(RuntimeError):
    """The receiver does not respond or asks to wait; `after` is its Retry-After in seconds."""

    def __init__(self, reason: str, after: float = 0.0) -> None:
        super().__init__(reason)
        self.after = after


class OutboundTransport(Protocol):
    """Hands over one message; every attempt at it has the same `key`."""

    async def deliver(self, message: Outgoing, key: str) -> str:
        """Return the receiver's proof; raises `TryLaterError` or `CannotTellError`."""


class NoDelivery:
    """For channels that read `feedback.v1` or poll: there is nothing to send."""

    def __init__(self, way: Way) -> None:
        self._way = way

    async def deliver(self, message: Outgoing, key: str) -> str:  # noqa: ARG002
        """Return the name of the transport as proof."""
        return "已发布，由渠道系统接收" if self._way is Way.TOPIC else "诉求人查询时可见"


class HttpPush:
    """POST to the channel's address, signed with the secret that the channel signs with."""

    def __init__(self, session: aiohttp.ClientSession, url: str, secret: str) -> None:
        self._session, self._url, self._secret = session, url.rstrip("/"), secret

    async def deliver(self, message: Outgoing, key: str) -> str:
        """Return the status and the beginning of the response."""
        headers = {"Content-Type": message.content_type, "Idempotency-Key": key}
        if self._secret:
            headers |= signed_headers(self._secret, message.body)
        return await post(self._session, f"{self._url}{message.path}", message.body, headers)


async def post(
    session: aiohttp.ClientSession, url: str, body: bytes, headers: Mapping[str, str]
) -> str:
    """POST; return the status and the beginning of the response. Raises as all transports do."""
    try:
        async with session.post(url, data=body, headers=headers) as answer:
            text = (await answer.content.read(4096)).decode("utf-8", "replace")
            answer_text = f"HTTP {answer.status} {text[:SHOWN]}".strip()
            if answer.status < 300:
                return answer_text
            if answer.status >= 500 or answer.status in TRY_LATER or answer.status < 400:
                raise TryLaterError(
                    answer_text, _retry_after(answer.headers.get("Retry-After", ""))
                )
            raise CannotTellError(answer_text)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise TryLaterError(connection_fault(error, url, TIMEOUT)) from error


def _retry_after(header: str) -> float:
    """Return the seconds of a Retry-After; 0 if it is a date."""
    return min(float(header), 86400.0) if header.isdigit() else 0.0


class WeChatPush:
    """Customer messages 客服消息; caches the access token until shortly before it expires."""

    STALE_TOKEN = frozenset({40001, 40014, 42001})
    BUSY = frozenset({-1, 45009, 45011, 50002})
    """System busy or a rate limit: a later attempt may succeed."""
    SPARE = 300.0
    """Seconds before its expiry at which a token is renewed."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, app_id: str, app_secret: str
    ) -> None:
        self._session, self._url = session, url.rstrip("/")
        self._app = {"grant_type": "client_credential", "appid": app_id, "secret": app_secret}
        self._token, self._good_until = "", 0.0

    async def deliver(self, message: Outgoing, key: str) -> str:  # noqa: ARG002
        """Return the platform's error code and message."""
        answer = await self._send(message)
        if answer.get("errcode") in self.STALE_TOKEN:
            self._token = ""
            answer = await self._send(message)
        code = answer.get("errcode", 0)
        detail = f"errcode {code} {answer.get('errmsg', '')}".strip()
        if code == 0:
            return detail
        if code in self.BUSY or code in self.STALE_TOKEN:
            raise TryLaterError(detail)
        raise CannotTellError(detail)

    async def _send(self, message: Outgoing) -> dict[str, object]:
        url = f"{self._url}/cgi-bin/message/custom/send"
        try:
            params = {"access_token": await self._access()}
            async with self._session.post(url, params=params, data=message.body) as answer:
                return dict(json.loads(await answer.read()))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # The sentence leaves out path and query, which contain the token.
            raise TryLaterError(connection_fault(error, url, TIMEOUT)) from error
        except ValueError as error:
            raise TryLaterError(f"{self._url} answers without valid JSON") from error

    async def _access(self) -> str:
        if self._token and time() < self._good_until:
            return self._token
        async with self._session.get(f"{self._url}/cgi-bin/token", params=self._app) as answer:
            token = json.loads(await answer.read())
        if "access_token" not in token:
            detail = f"errcode {token.get('errcode')} {token.get('errmsg', '')}"
            raise TryLaterError(f"no access token: {detail}")
        self._token = str(token["access_token"])
        self._good_until = time() + float(token.get("expires_in", 7200)) - self.SPARE
        return self._token


class Mail:
    """SMTP (RFC 5321), with TLS where the server has it."""

    def __init__(self, url: str, sender: str) -> None:
        self._url, self._sender = url, sender

    async def deliver(self, message: Outgoing, key: str) -> str:  # noqa: ARG002
        """Return the Message-ID of the mail that the server accepted."""
        return await asyncio.to_thread(self._deliver_blocking, message)

    def _deliver_blocking(self, message: Outgoing) -> str:
        # Folding again would encode long message ids, and break the thread.
        mail = message_from_bytes(message.body, policy=policy.SMTP.clone(refold_source="none"))
        mail["From"] = self._sender
        try:
            with smtp_connection(self._url) as server:
                server.send_message(mail, self._sender, [message.to])
        except smtplib.SMTPRecipientsRefused as error:
            code, reason = next(iter(error.recipients.values()))
            self._refused(code, reply_text(reason), error)
        except smtplib.SMTPResponseException as error:
            self._refused(error.smtp_code, reply_text(error.smtp_error), error)
        except (smtplib.SMTPException, OSError) as error:
            raise TryLaterError(mail_fault(error, self._url)) from error
        return f"taken as {mail['Message-ID']}"

    @staticmethod
    def _refused(code: int, text: str, error: Exception) -> None:
        """Raise by RFC 5321, 4.2.1: replies 4yz are temporary, 5yz permanent."""
        detail = f"SMTP {code} {text}"[:SHOWN]
        raise (CannotTellError(detail) if code >= 500 else TryLaterError(detail)) from error


class ReturnFile:
    """A file in a folder that the channel's system empties. It appears there only when complete."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def deliver(self, message: Outgoing, key: str) -> str:
        """Return the name of the file."""
        return await asyncio.to_thread(self._deliver_blocking, message, key)

    def _deliver_blocking(self, message: Outgoing, key: str) -> str:
        name = f"{key}.{message.ending}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = self._folder / f"{name}.part"
            # The channel's system writes here too: never write through a link of this name.
            part.unlink(missing_ok=True)
            with part.open("xb") as file:
                file.write(message.body)
            part.replace(self._folder / name)
        except OSError as error:
            raise TryLaterError(f"{self._folder}: {error.strerror or error}") from error
        return name


class ReturnTable:
    """A row of `complaint_replies` in the channel's own database; a repeated one is not added."""

    def __init__(self, url: str) -> None:
        self._engine: Engine = create_engine(url)
        names = ("complaint_no", "status", "unit", "replied_at")
        self._table = Table(
            RETURN_TABLE,
            MetaData(),
            Column("reply_id", String(36), primary_key=True),
            *(Column(name, String(100)) for name in names),
            Column("content", Text),
            Column("answer", Text),
        )

    async def deliver(self, message: Outgoing, key: str) -> str:
        """Return the key of the row."""
        return await asyncio.to_thread(self._deliver_blocking, message, key)

    def _deliver_blocking(self, message: Outgoing, key: str) -> str:
        row = json.loads(message.body)
        try:
            self._table.create(self._engine, checkfirst=True)
            with self._engine.begin() as connection:
                same = select(self._table).where(self._table.c.reply_id == row["reply_id"])
                if connection.execute(same).first() is None:
                    connection.execute(self._table.insert().values(**row))
        except IntegrityError as error:
            raise CannotTellError(str(error.orig)) from error
        except SQLAlchemyError as error:
            cause = str(getattr(error, "orig", None) or error)[:SHOWN]
            host = self._engine.url.host or self._engine.url.database
            raise TryLaterError(f"the database {host} does not take the reply: {cause}") from error
        return f"row {key} of {RETURN_TABLE}"


def missing_settings(way: Way, address: Address, secret: Mapping[str, str], smtp_url: str) -> str:
    """Return the settings that a transport lacks; empty if none."""
    if way in (Way.TOPIC, Way.PULL, Way.FILE):
        return ""
    if way is Way.MAIL:
        return "" if smtp_url and address.sender else "HUB_SMTP_URL and sender are needed"
    if not address.url:
        return "url is needed"
    if way is Way.WECHAT and not (secret.get("app_id") and address.app_secret):
        return "app_id in secrets.yaml and app_secret are needed"
    return ""


def transport_for(
    way: Way,
    address: Address,
    session: aiohttp.ClientSession,
    secret: Mapping[str, str],
    smtp_url: str,
    folder: Path,
) -> OutboundTransport | str:
    """Return the transport of a channel, or a text that names the settings it lacks."""
    if missing := missing_settings(way, address, secret, smtp_url):
        return missing
    if way in (Way.TOPIC, Way.PULL):
        return NoDelivery(way)
    if way is Way.FILE:
        return ReturnFile(Path(address.folder) if address.folder else folder)
    if way is Way.MAIL:
        return Mail(smtp_url, address.sender)
    if way is Way.TABLE:
        return ReturnTable(address.url)
    if way is Way.WECHAT:
        return WeChatPush(session, address.url, secret["app_id"], address.app_secret)
    return HttpPush(session, address.url, secret.get("secret", ""))
