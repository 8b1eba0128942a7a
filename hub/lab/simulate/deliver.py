"""Delivers simulated messages 投递 by the real transports, and counts the answers."""

import asyncio
import contextlib
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from secrets import token_bytes, token_hex
from urllib.parse import urlencode

import aiohttp
from kafka import KafkaProducer
from kafka.errors import KafkaError
from sqlalchemy.engine import Engine

from connectors.formats.wechat_crypto import encrypt, signature
from hub.broker.connection import producer_options
from hub.intake.collectors.mail import drop_mail
from hub.lab.simulate.scenario.message import Message
from hub.lab.simulate.sources import Board, add_complaints
from hub.runtime.paths import DataPaths
from hub.security.credentials import Credentials
from hub.settings import Settings
from hub.web.signature import push_headers
from schemas.channel import Channel
from schemas.reports.raw import Transport

AT_ONCE = 48
"""Concurrent deliveries."""
TIMEOUT = aiohttp.ClientTimeout(total=60)


@dataclass(slots=True)
class DeliveryCounts:
    """Counts of deliveries by channel, and the truth about the accepted ones.

    `parts` counts the submissions in accepted deliveries, valid or invalid.
    """

    deliveries: Counter[Channel] = field(default_factory=Counter)
    parts: Counter[Channel] = field(default_factory=Counter)
    refused: Counter[Channel] = field(default_factory=Counter)
    failed: Counter[Channel] = field(default_factory=Counter)
    truth: list[dict[str, str]] = field(default_factory=list)

    def count_accepted(self, message: Message, native_id: str = "") -> None:
        """Count an accepted message; `native_id` is the id that the hub assigned, if it did."""
        self.deliveries[message.channel] += 1
        self.parts[message.channel] += message.parts
        for known, matter in message.truth:
            self.truth.append(
                {"channel": message.channel, "native_id": native_id or known, "matter": matter}
            )


@dataclass(slots=True)
class Courier:
    """Delivers messages; `board` and `complaints` are None if the hub polls no such source."""

    settings: Settings
    credentials: Credentials
    board: Board | None
    complaints: Engine | None
    sent: DeliveryCounts = field(default_factory=DeliveryCounts)
    _producer: KafkaProducer | None = None

    async def deliver(
        self, messages: Sequence[Message], rate: float, progress: Callable[[], None]
    ) -> DeliveryCounts:
        """Deliver all messages and call `progress` after each; return the counts.

        `rate` is in messages a second; 0 means as fast as the hub accepts them.
        """
        todo = iter(enumerate(messages))
        started = time.monotonic()

        async def work(session: aiohttp.ClientSession) -> None:
            for index, message in todo:
                if rate:
                    await asyncio.sleep(max(0.0, started + index / rate - time.monotonic()))
                await self.send(session, message)
                progress()

        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            await asyncio.gather(*(work(session) for _ in range(AT_ONCE)))
        if self._producer is not None:
            await asyncio.to_thread(self._producer.close)
            self._producer = None
        return self.sent

    async def send(self, session: aiohttp.ClientSession, message: Message) -> None:
        """Deliver one message and count the result; raises `KafkaError` and `OSError`."""
        if message.transport is Transport.HTTP:
            await self._push_and_count(session, message)
        elif message.transport is Transport.KAFKA:
            await asyncio.to_thread(self._publish, message)
            self.sent.count_accepted(message)
        elif message.transport is Transport.FILE:
            await asyncio.to_thread(self._write_file, message)
            self.sent.count_accepted(message)
        elif message.transport is Transport.MAIL:
            await asyncio.to_thread(drop_mail, DataPaths(self.settings.data).maildir, message.body)
            self.sent.count_accepted(message)
        elif message.transport is Transport.POLL and self.board is not None:
            self.board.posts.append(json.loads(message.body))
            self.sent.count_accepted(message)
        elif message.transport is Transport.DATABASE and self.complaints is not None:
            rows = [json.loads(message.body)]
            await asyncio.to_thread(add_complaints, self.complaints, rows)
            self.sent.count_accepted(message)
        else:
            self.sent.failed[message.channel] += 1

    async def _push_and_count(self, session: aiohttp.ClientSession, message: Message) -> None:
        status, text = await self.push(session, message)
        if status < 300:
            self.sent.count_accepted(
                message, request_id(text) if message.channel == "open311" else ""
            )
        elif status < 500:
            self.sent.refused[message.channel] += 1
        else:
            self.sent.failed[message.channel] += 1

    async def push(self, session: aiohttp.ClientSession, message: Message) -> tuple[int, str]:
        """Push once with the signature of the channel; return status and body of the response."""
        url, body, headers = self._address(message)
        headers |= {"Content-Type": message.content_type, **message.headers}
        async with session.post(url, data=body, headers=headers) as response:
            return response.status, await response.text()

    def _address(self, message: Message) -> tuple[str, bytes, dict[str, str]]:
        """Return URL, body and signature headers of a push."""
        base = f"http://{self.settings.host}:{self.settings.intake_port}"
        if message.channel is Channel.WECHAT_OFFICIAL:
            token = self.credentials.value(message.channel, "token")
            timestamp, nonce = str(int(time.time())), token_hex(8)
            signed = signature(token, timestamp, nonce)
            sealed = encrypt(
                message.body,
                self.credentials.value(message.channel, "encoding_aes_key"),
                self.credentials.value(message.channel, "app_id"),
                token_bytes(16),
            )
            query = urlencode(
                {
                    "signature": signed,
                    "timestamp": timestamp,
                    "nonce": nonce,
                    "encrypt_type": "aes",
                    "msg_signature": signature(token, timestamp, nonce, sealed),
                }
            )
            body = f"<xml><ToUserName>gh</ToUserName><Encrypt>{sealed}</Encrypt></xml>".encode()
            return f"{base}/v1/wechat?{query}", body, {}
        if message.channel is Channel.OPEN311:
            key = urlencode({"api_key": self.credentials.value(message.channel, "api_key")})
            return f"{base}/open311/v2/requests.json", message.body + b"&" + key.encode(), {}
        secret = self.credentials.value(message.channel, "secret")
        url = f"{base}/v1/intake/{message.channel}"
        return url, message.body, push_headers(secret, message.body)

    def _publish(self, message: Message) -> None:
        if self._producer is None:
            self._producer = KafkaProducer(**producer_options(self.settings))
        producer: KafkaProducer = self._producer
        try:
            producer.send(f"intake.{message.channel}", message.body).get(timeout=30)
        except KafkaError:
            # The next attempt creates a new producer, because this one may hang.
            if self._producer is producer:
                self._producer = None
            with contextlib.suppress(KafkaError):
                producer.close(timeout=1)
            raise

    def _write_file(self, message: Message) -> None:
        folder = DataPaths(self.settings.data).drop / message.channel
        unfinished = folder / f"{message.name}.part"
        unfinished.write_bytes(message.body)
        unfinished.rename(folder / message.name)


def request_id(text: str) -> str:
    """Return the id that an Open311 server assigned, from the body of its response."""
    return str(json.loads(text)[0]["service_request_id"])
