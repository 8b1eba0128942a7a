"""An intake on a loopback port with a journal in a folder, and a client of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from connectors.registry import load_connectors
from hub.intake.collectors.source import Source
from hub.intake.http import IntakeHttp
from hub.intake.receiver import Receiver
from hub.journal.journal import Journal
from hub.journal.writer import JournalWriter
from hub.runtime.metrics import Meters
from hub.security.credentials import Credentials, load_or_create_credentials
from hub.security.keyring import make_sealer
from hub.settings import Settings
from hub.web.signature import Nonces
from schemas.reports.raw import RawMessage


@dataclass(slots=True)
class Intake:
    """The parts of a running intake."""

    client: TestClient
    journal: Journal
    credentials: Credentials
    receiver: Receiver
    settings: Settings
    http: IntakeHttp

    def reads(self, rows: Callable[..., list[dict[str, Any]]]) -> None:
        """Let the intake query the store of the test."""
        reader: Any = self.http.reader
        reader.rows = rows

    @property
    def kept(self) -> list[RawMessage]:
        """All messages in the journal."""
        return [entry for _, entry in self.journal.read(0, 10_000)]

    @property
    def source(self) -> Source:
        """The context of a collector."""
        return Source(self.settings, self.receiver, self.journal)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Intake]:
    """Run the HTTP side of an intake."""
    sealer = make_sealer(settings)
    journal = Journal(settings.data / "journal.db", sealer, max_bytes=settings.journal_max)
    writer = JournalWriter(journal)
    receiver = Receiver(writer, Meters())
    credentials = load_or_create_credentials(settings)
    http = IntakeHttp(settings, receiver, credentials, load_connectors(), Nonces(), sealer)
    server = TestServer(http.app)
    await server.start_server(auto_decompress=False)
    client = TestClient(server)
    try:
        yield Intake(client, journal, credentials, receiver, settings, http)
    finally:
        await client.close()
        await writer.close()
        journal.close()


def with_intake(
    folder: Path, talk: Callable[[Intake], Awaitable[None]], **settings: object
) -> None:
    """Run `talk` against an intake in `folder`."""

    async def scenario() -> None:
        async with running(Settings(data=folder, **settings)) as intake:
            await talk(intake)

    asyncio.run(scenario())
