"""Both SQL endpoints as the programs serve them: the engine's, and the staff's before it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from hub.runtime.process import listen
from hub.settings import Settings
from hub.sql.endpoint import SqlEndpoint
from hub.sql.engine import EngineEndpoint, digest
from hub.sql.users import SqlUsers, own_token
from hub.store.client import Store
from tests.builders.town import REGISTER
from tests.integration.parts import free_port


@dataclass(frozen=True, slots=True)
class Served:
    """The served endpoints, and the settings to reach them."""

    settings: Settings
    engine: EngineEndpoint

    @property
    def url(self) -> str:
        """Return the address of the staff's endpoint."""
        return f"http://127.0.0.1:{self.settings.sql_port}/"


def with_ports(settings: Settings, **more: object) -> Settings:
    """Return the settings with free ports for both endpoints."""
    ports = {"sql_port": free_port(), "store_port": free_port()}
    return settings.model_copy(update={**ports, **more})


@asynccontextmanager
async def engine_served(settings: Settings, store: Store) -> AsyncIterator[EngineEndpoint]:
    """Serve the engine's endpoint; it notices a client that disconnects."""
    endpoint = EngineEndpoint(settings, store, digest(own_token(settings)), dict)
    runner = await listen(endpoint.app, "127.0.0.1", settings.store_port, cancels=True)
    try:
        yield endpoint
    finally:
        await runner.cleanup()


@asynccontextmanager
async def staff_served(settings: Settings) -> AsyncIterator[None]:
    """Serve the staff's endpoint alone."""
    endpoint = SqlEndpoint(settings, SqlUsers(settings, REGISTER))
    runner = await listen(endpoint.app, "127.0.0.1", settings.sql_port, cancels=True)
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def sql_served(settings: Settings, store: Store) -> AsyncIterator[Served]:
    """Serve both endpoints."""
    async with engine_served(settings, store) as engine, staff_served(settings):
        yield Served(settings, engine)
