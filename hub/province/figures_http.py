"""Serves the figures of this city 上报接口: `GET /api/province/figures`, for readers only.

The address has no parameter. Whoever could choose a time or an area could ask twice, and subtract.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import structlog
from aiohttp import web

from hub.accounts.audit import Audit, AuditAction
from hub.accounts.session import PUBLIC
from hub.province.figures import city_figures
from hub.province.readers import Reader, load_readers, reader_of
from hub.settings.outgoing.province import CityFiguresSettings
from hub.store.client import Store
from hub.store.json_rows import json_rows
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names
from schemas.province import PATH
from streams.town.register import Register

FRESH_SECONDS = 300.0
"""So long the same document is served: it costs few queries, and shows few single changes."""
ADVICE = "send Authorization: Bearer with a token of this city (hub province tokens add)"

log = structlog.get_logger()


class FiguresHttp:
    """The route of the figures."""

    def __init__(
        self,
        settings: CityFiguresSettings,
        store: Store,
        audit: Audit,
        register: Register,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._store, self._audit = settings, store, audit
        self._register, self._clock = register, clock
        self._computing = asyncio.Lock()
        self._computed: tuple[float, str] | None = None
        """When the document was computed by `clock`, and the document."""

    def add_to(self, app: web.Application) -> None:
        """Add the route to an application whose middleware handles `ProblemError`."""
        app.router.add_get(PATH, self._figures)

    async def _figures(self, request: web.Request) -> web.Response:
        reader = await self._reader(request)
        check_names(request, ())
        document = await self._document()
        await self._audit.note(request, reader, AuditAction.FIGURES, detail="figures of the city")
        headers = {"Cache-Control": "no-store"}
        return web.Response(text=document, content_type="application/json", headers=headers)

    async def _reader(self, request: web.Request) -> Reader:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        readers = await asyncio.to_thread(load_readers, self._settings)
        reader = reader_of(readers, token.strip()) if scheme.lower() == "bearer" else None
        if reader is None:
            log.info("figures_refused", path=request.path)
            await self._audit.note_refusal(
                request, PUBLIC, AuditAction.TOKEN_FAILED, detail=f"{PATH}: {ADVICE}"
            )
            raise ProblemError(Problem.BAD_TOKEN, ADVICE)
        return reader

    async def _document(self) -> str:
        """Return the document; requests that come together wait for one computation."""
        async with self._computing:
            if self._computed is None or self._clock() - self._computed[0] >= FRESH_SECONDS:
                document = await asyncio.to_thread(self._compute)
                self._computed = (self._clock(), document)
            return self._computed[1]

    def _compute(self) -> str:
        figures = city_figures(
            partial(json_rows, self._store),
            self._register,
            datetime.now(UTC),
            self._settings.figures_smallest,
        )
        return figures.model_dump_json()
