"""The intake's HTTP side: signed pushes, WeChat, Open311, replay; 202 only after the journal."""

import asyncio
import json
import time
from functools import partial
from uuid import UUID

import structlog
from aiohttp import web

from connectors.contract import Connector
from hub.deliberations.public_http import DeliberationPages
from hub.intake.open311 import Open311
from hub.intake.receiver import Receiver
from hub.intake.wechat import WeChat
from hub.journal.journal import JournalFullError
from hub.projects.public_http import ProjectPages
from hub.publish.rejected import read_message, read_rejected
from hub.runtime.connections import Connections
from hub.runtime.metrics import TEXT, Metric
from hub.runtime.metrics_access import REFUSAL, MetricsAccess
from hub.security.credentials import SIGNED, Credentials
from hub.security.sealing import Sealer, SealError
from hub.settings.intake import IntakeSettings
from hub.store.reader import Reader, StoreAwayError
from hub.tracking.http import ProgressHttp
from hub.tracking.rating_http import CitizenRatings
from hub.web.body import Bodies
from hub.web.mutual_tls import check
from hub.web.problem import Problem, ProblemError, Translation, Translations, problems
from hub.web.signature import NONCE, Nonces, check_head, verify
from schemas.channel import Channel
from schemas.reports.raw import REPLAY_OF, RawMessage, Transport
from schemas.reports.rejected import Rejected

KEPT = ("ce-", "content-encoding", "user-agent", "x-hub-nonce", "x-hub-timestamp")
"""Prefixes of the headers that are kept with a message. Authorization is not kept."""
LARGE = 1024 * 1024
"""Bodies of at least so many bytes have their signature checked in a thread."""
CODINGS = ("", "identity", "gzip", "deflate")

ERRORS: Translations = {
    JournalFullError: Translation(Problem.JOURNAL_FULL),
    StoreAwayError: Translation(Problem.STORE_AWAY, shows_text=True),
    SealError: Translation(Problem.SEALED, shows_text=True),
}
"""Errors of the packages that the intake uses, and the problems that they are answered with."""

log = structlog.get_logger()


class IntakeHttp:
    """The aiohttp application."""

    def __init__(
        self,
        settings: IntakeSettings,
        receiver: Receiver,
        credentials: Credentials,
        connectors: dict[str, Connector],
        nonces: Nonces,
        sealer: Sealer,
    ) -> None:
        self.sealer = sealer
        self.settings, self.receiver, self.credentials = settings, receiver, credentials
        self.connectors, self.nonces = connectors, nonces
        self.reader, self.bodies = Reader(settings), Bodies(settings)
        self._metrics_access = MetricsAccess(settings)
        answers = problems(ERRORS, refused=self._count_refusal, largest_body=settings.max_body)
        self.app = web.Application(client_max_size=settings.max_body, middlewares=[answers])
        self.connections = Connections(
            self.app,
            most=settings.max_connections,
            most_of_address=0 if settings.proxies else settings.max_connections_per_address,
            idle_seconds=settings.idle_seconds,
        )
        route = self.app.router
        route.add_post("/v1/intake/{channel}", self._push)
        route.add_post("/v1/admin/replay", self._replay)
        route.add_get("/healthz", self._healthy)
        route.add_get("/metrics", self._metrics)
        self.wechat = WeChat(settings, receiver, credentials, self.bodies)
        self.wechat.add_to(self.app)
        Open311(settings, receiver, credentials, self.reader, self.bodies).add_to(self.app)
        ratings = CitizenRatings(settings, self.reader, receiver, self.bodies)
        ProgressHttp(settings, self.reader, sealer, ratings).add_to(self.app)
        for pages in (ProjectPages, DeliberationPages):
            pages(settings, self.reader, sealer, self.bodies, self._take_report).add_to(self.app)

    async def _push(self, request: web.Request) -> web.Response:
        channel = request.match_info["channel"]
        if channel not in SIGNED or channel not in self.connectors:
            detail = f"{channel!r}; these are pushed: {', '.join(SIGNED)}"
            raise ProblemError(Problem.UNKNOWN_CHANNEL, detail)
        if request.headers.get("Content-Encoding", "").lower() not in CODINGS:
            raise ProblemError(Problem.UNSUPPORTED_ENCODING)
        shown = check(self.settings, request, channel)
        now, window = time.time(), self.settings.replay_window
        secrets = self.credentials.accepted(channel, "secret")
        signed = check_head(secrets, request.headers, now, window)
        # One channel's nonce must not block another's.
        own_nonce = f"{channel}:{request.headers[NONCE]}"
        self.nonces.check(own_nonce)
        async with self.bodies.receive(request, proven=shown or signed) as body:
            now = time.time()
            verified = partial(verify, secrets, request.headers, body, now, window)
            _, expires = await asyncio.to_thread(verified) if len(body) > LARGE else verified()
            if not body:
                raise ProblemError(Problem.EMPTY)
            self.nonces.spend(own_nonce, now, expires)
            try:
                raw = await self.receiver.take(
                    channel,
                    Transport.HTTP,
                    body,
                    source=request.remote or "",
                    content_type=request.headers.get("Content-Type", ""),
                    headers=kept_headers(request),
                )
            except JournalFullError:
                self.nonces.release(own_nonce)
                raise
        return accepted(raw)

    async def _take_report(self, body: bytes) -> None:
        """Take a report that a citizen has written on a public page."""
        await self.receiver.take(
            Channel.MANUAL_ENTRY, Transport.HTTP, body, content_type="application/json"
        )

    async def _replay(self, request: web.Request) -> web.Response:
        """Put rejected messages in once more: `{"rejected_ids": […]}`, with the admin's token."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not self.credentials.proves("admin", "token", token):
            raise ProblemError(Problem.BAD_TOKEN)
        try:
            async with self.bodies.receive(request, proven=True) as body:
                asked = json.loads(body)
            ids = [str(UUID(text)) for text in asked["rejected_ids"]]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            detail = f"an object with rejected_ids is expected: {error}"
            raise ProblemError(Problem.BAD_REQUEST, detail) from error
        records = [await asyncio.to_thread(self._rejected, rejected_id) for rejected_id in ids]
        taken: dict[UUID, str] = {}
        # A message with many faults is replayed once.
        for record in {record.receipt_id: record for record in records}.values():
            old = await asyncio.to_thread(read_message, self.reader, record, self.sealer)
            raw = await self.receiver.take(
                old.channel,
                old.transport,
                old.body,
                source=old.source,
                content_type=old.content_type,
                headers={**old.headers, REPLAY_OF: str(old.receipt_id)},
                received_at=old.received_at,
            )
            taken[old.receipt_id] = str(raw.receipt_id)
        receipts = {str(record.rejected_id): taken[record.receipt_id] for record in records}
        return web.json_response({"receipts": receipts}, status=202)

    def _rejected(self, rejected_id: str) -> Rejected:
        rejected = read_rejected(self.reader, rejected_id)
        if rejected is None:
            raise ProblemError(Problem.NOT_FOUND, f"no rejected message {rejected_id}")
        return rejected

    async def _healthy(self, _: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _metrics(self, request: web.Request) -> web.Response:
        if not self._metrics_access.allows(request.remote or "", request.headers):
            raise ProblemError(Problem.BAD_TOKEN, REFUSAL.strip())
        journal = self.receiver.writer.journal
        meters = self.receiver.meters
        meters.set(Metric.JOURNAL_BYTES, journal.size())
        meters.set(Metric.WAITING, journal.waiting())
        return web.Response(body=meters.text(), headers={"Content-Type": TEXT})

    def _count_refusal(self, request: web.Request, error: ProblemError) -> None:
        self.receiver.meters.count(Metric.REFUSED, error.problem)
        log.warning(
            "refused",
            problem=str(error.problem),
            path=request.path,
            detail=error.detail,
            remote=request.remote,
        )


def kept_headers(request: web.Request) -> dict[str, str]:
    """Return the headers that a decoder, or a start after a crash, needs.

    If a header occurs twice, the first value is kept: the hub has checked that one.
    """
    headers: dict[str, str] = {}
    for name in request.headers:
        if name.lower().startswith(KEPT):
            headers[name] = request.headers[name]
    return headers


def accepted(raw: RawMessage) -> web.Response:
    """Return 202 with the receipt: from here on the message cannot be lost."""
    body = {"receipt_id": str(raw.receipt_id), "received_at": raw.received_at.isoformat()}
    return web.json_response(body, status=202)


def spent_nonces(entries: list[RawMessage], window: float) -> list[tuple[str, float]]:
    """Return the nonces of recent journal entries with the time at which each may be forgotten."""
    nonces = []
    for raw in entries:
        # A sender may write the name of a header in any case; HTTP/2 writes it in lower case.
        nonce = {name.lower(): value for name, value in raw.headers.items()}.get(NONCE.lower())
        if nonce:
            nonces.append((f"{raw.channel}:{nonce}", raw.received_at.timestamp() + 2 * window))
    return nonces
