"""Senders: each repeats a message until it is answered and records the acknowledgement."""

import asyncio
import json
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from multiprocessing import get_context
from random import Random
from secrets import token_hex

import aiohttp
from kafka.errors import KafkaError

from hub.lab.simulate.deliver import Courier, request_id
from hub.lab.simulate.run import messages_of
from hub.lab.simulate.scenario.message import Message
from hub.settings import Settings
from schemas.channel import Channel
from schemas.reports.raw import Transport

SENDERS = 8
ATTEMPT_TIMEOUT = aiohttp.ClientTimeout(total=15)
PAUSE = 0.5
STRETCH = 6000
"""Messages that are drawn at once."""
SEEDS_APART = 1000
RUBBISH_PER_MILLE = 30
OUTDATED = 401
"""The hub's clock differs from that of the sender: a message is accepted later, signed again."""


@dataclass(slots=True)
class Ledger:
    """What the hub acknowledged: `receipts` of messages answered 202, and their native ids."""

    receipts: dict[str, bool] = field(default_factory=dict)
    """receipt id → whether the message is damaged"""
    natives: set[tuple[str, str]] = field(default_factory=set)
    """channel, native id"""
    refused: int = 0
    tries: int = 0
    sent: int = 0


@dataclass(slots=True)
class Load:
    """Sends `rate` messages a second, some of them damaged."""

    courier: Courier
    days: Iterable[Message]
    rate: float
    seed: int
    has_topics: bool
    ledger: Ledger = field(default_factory=Ledger)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Deliver until `ended`."""
        todo = iter(enumerate(self.days))
        begun = asyncio.get_running_loop().time()

        async def work(session: aiohttp.ClientSession, number: int) -> None:
            chance = Random(self.seed * 100 + number)
            for index, message in todo:
                if self.ended.is_set():
                    return
                wait = begun + index / self.rate - asyncio.get_running_loop().time()
                await asyncio.sleep(max(0.0, wait))
                if message.transport is Transport.HTTP:
                    await self._push(session, message)
                    if chance.randrange(1000) < RUBBISH_PER_MILLE:
                        await self._push(session, damage(message, chance))
                else:
                    await self._hand(session, message)

        async with aiohttp.ClientSession(timeout=ATTEMPT_TIMEOUT) as session:
            await asyncio.gather(*(work(session, number) for number in range(SENDERS)))
        self.ended.set()

    async def _push(self, session: aiohttp.ClientSession, message: Message) -> None:
        """Push until the answer is final, as an office's system does."""
        while True:
            self.ledger.tries += 1
            try:
                status, text = await self.courier.push(session, message)
            except (aiohttp.ClientError, TimeoutError, OSError):
                status, text = 0, ""
            if 200 <= status < 300:
                self._promised(message, text)
                return
            if 400 <= status < 500 and status != OUTDATED:
                self.ledger.refused += 1
                return
            await asyncio.sleep(PAUSE)

    def _promised(self, message: Message, text: str) -> None:
        self.ledger.sent += 1
        if message.channel is not Channel.WECHAT_OFFICIAL and message.channel != Channel.OPEN311:
            self.ledger.receipts[str(json.loads(text)["receipt_id"])] = not message.truth
        assigned = request_id(text) if message.channel == Channel.OPEN311 else ""
        self.ledger.natives |= {(message.channel, assigned or known) for known, _ in message.truth}

    async def _hand(self, session: aiohttp.ClientSession, message: Message) -> None:
        """Deliver a message by a transport other than HTTP: file, mail, database, topic."""
        if message.transport is Transport.KAFKA and not self.has_topics:
            # A broker without a durable log promises nothing to its publishers.
            return
        while True:
            try:
                await self.courier.send(session, message)
            except (OSError, KafkaError):
                # The disk is full or the broker is down: the sender tries again.
                await asyncio.sleep(PAUSE)
                continue
            self.ledger.sent += 1
            self.ledger.natives |= {(message.channel, known) for known, _ in message.truth}
            return


def days(settings: Settings, seed: int) -> Generator[Message]:
    """Yield messages without end; another process draws the next day while one is delivered."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:

        def drawn(number: int) -> Future[list[Message]]:
            return pool.submit(
                messages_of, settings, seed + SEEDS_APART * number, STRETCH, datetime.now(UTC)
            )

        following = drawn(0)
        for number in count(1):
            ready, following = following.result(), drawn(number)
            yield from ready


def damage(message: Message, chance: Random) -> Message:
    """Return a message with a damaged body: truncated, altered or unrelated bytes."""
    body = message.body
    kind = chance.randrange(4)
    if kind == 0:
        body = body[: chance.randrange(1, max(2, len(body)))]
    elif kind == 1:
        altered = bytearray(body)
        for _ in range(1 + len(altered) // 50):
            altered[chance.randrange(len(altered))] = chance.randrange(256)
        body = bytes(altered)
    elif kind == 2:
        body = chance.randbytes(chance.randrange(1, 2000))
    else:
        body = b"[" * chance.randrange(1, 5000)
    return Message(
        Channel.HOTLINE_12345,
        Transport.HTTP,
        body + b" " + token_hex(4).encode(),
        1,
        (),
        content_type=message.content_type,
    )
