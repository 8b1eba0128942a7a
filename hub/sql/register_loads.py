"""Steps of `hub registers load` in the engine's process 台账入库, for the hub's own processes.

The command reads, checks and seals the rows; this process has no key. It takes rows for the table
beside a register, and exchanges both. Names of tables and columns are those of the catalogue.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web
from clickhouse_connect.driver.exceptions import ClickHouseError
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from hub.registers.tables import Difference, RegisterTables, Version, Way
from hub.sql.dialect import failed
from hub.store.client import Store
from schemas.registers.entry import RegisterKind


class Body(BaseModel):
    """Base of the bodies: unknown fields are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StageBody(Body):
    """`keep`: with the entries of the present version."""

    keep: bool


class PublishBody(Body):
    """The fields of `Version`."""

    at: AwareDatetime
    who: str
    way: Way
    files: list[str]
    digests: list[str]
    difference: tuple[int, int, int, int, int]
    noted: int
    refused: int

    def version(self) -> Version:
        """Return the line about the version."""
        fields = {name: getattr(self, name) for name in Version._fields}
        return Version(**{**fields, "difference": Difference(*self.difference)})


class RegisterLoads:
    """The routes below `/registers`; each step is one request."""

    def __init__(self, store: Store) -> None:
        self._tables = RegisterTables(store)
        self._steps: dict[str, Callable[[RegisterKind, bytes], Any]] = {
            "stage": lambda kind, body: self._tables.stage(
                kind, keep=StageBody.model_validate_json(body).keep
            ),
            "fill": self._tables.fill,
            "difference": lambda kind, _: self._tables.difference(kind),
            "unknown": lambda kind, _: self._tables.unknown(kind),
            "publish": lambda kind, body: self._tables.publish(
                kind, PublishBody.model_validate_json(body).version()
            ),
            "drop": lambda kind, _: self._tables.drop(kind),
        }

    def add_to(self, app: web.Application) -> None:
        """Add the routes to an application."""
        app.router.add_post("/registers/{kind}/{step}", self._answer)

    async def _answer(self, request: web.Request) -> web.Response:
        step = self._steps.get(request.match_info["step"])
        kind = next((kind for kind in RegisterKind if kind == request.match_info["kind"]), None)
        if step is None or kind is None:
            return failed(f"Code: 497. {request.path} is no step of a register", 404)
        body = await request.read()
        try:
            result = await asyncio.to_thread(step, kind, body)
        except ValidationError as error:
            return failed(f"Code: 36. The body is invalid: {error}")
        except (ClickHouseError, ValueError, TypeError) as error:
            return failed(str(error), 500)
        return web.json_response(result)
