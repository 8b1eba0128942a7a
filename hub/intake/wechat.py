"""The push address of 微信公众号: GET proves that it is ours, POST brings a message.

If an AES key is set, only the encrypted part of a message is read. Its signature, which covers the
message, is checked here. In plain mode 明文模式 the signature covers time and nonce only, so each
pair of them is valid for one body. If the answer is late, WeChat sends a message up to three times:
the repeated body gets the same answer and is kept once.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from aiohttp import web

from connectors.contract import FaultError
from connectors.formats.wechat_crypto import is_signed
from connectors.formats.xml_body import optional, parse_xml
from connectors.wechat_official import MSG_SIGNATURE, NONCE, TIMESTAMP
from hub.intake.receiver import Receiver
from hub.journal.journal import JournalFullError
from hub.security.credentials import Credentials
from hub.settings.intake import IntakeSettings
from hub.web.body import Bodies
from hub.web.problem import Problem, ProblemError
from schemas.channel import Channel
from schemas.reports.raw import RawMessage, Transport, receipt_of_delivery

PATH = "/v1/wechat"
LONGEST_TIME = 12
LARGEST = 1024 * 1024
"""Bytes of a body; a message has some kilobytes, its media stay at WeChat."""
SWEEP_EVERY = 60


@dataclass(slots=True)
class SignedUrls:
    """The receipts of the bodies that came under signed URLs in plain mode, by time and nonce."""

    window: float
    _receipts: dict[tuple[str, str], tuple[UUID, float]] = field(default_factory=dict)
    _next_sweep: float = 0.0

    def claim(self, timestamp: str, nonce: str, receipt: UUID, now: float) -> None:
        """Bind a URL to one body; raises `ProblemError` replayed where it has another."""
        if now >= self._next_sweep:
            kept = {url: entry for url, entry in self._receipts.items() if entry[1] >= now}
            self._receipts, self._next_sweep = kept, now + SWEEP_EVERY
        bound, _ = self._receipts.setdefault((timestamp, nonce), (receipt, now + 2 * self.window))
        if bound != receipt:
            raise ProblemError(Problem.REPLAYED, "this signed URL has already brought another body")

    def release(self, timestamp: str, nonce: str) -> None:
        """Forget a URL whose message was not taken."""
        self._receipts.pop((timestamp, nonce), None)

    def remember(self, entries: Iterable[RawMessage], now: float) -> None:
        """Bind the URLs of what the journal holds of the last minutes, after a start."""
        for raw in entries:
            if raw.channel == Channel.WECHAT_OFFICIAL and TIMESTAMP in raw.headers:
                url = (raw.headers[TIMESTAMP], raw.headers.get(NONCE, ""))
                self._receipts[url] = (raw.receipt_id, now + 2 * self.window)


class WeChat:
    """The two handlers."""

    def __init__(
        self, settings: IntakeSettings, receiver: Receiver, credentials: Credentials, bodies: Bodies
    ) -> None:
        self._bodies = bodies
        self._window = settings.replay_window
        self._receiver = receiver
        self._credentials = credentials
        self.urls = SignedUrls(settings.replay_window)

    def add_to(self, app: web.Application) -> None:
        """Add the handlers to an application."""
        app.router.add_get(PATH, self._prove)
        app.router.add_post(PATH, self._push)

    async def _prove(self, request: web.Request) -> web.Response:
        self._check(request)
        return web.Response(text=request.query.get("echostr", ""))

    async def _push(self, request: web.Request) -> web.Response:
        self._check(request)
        async with self._bodies.receive(request, proven=True, most=LARGEST) as body:
            if not body:
                raise ProblemError(Problem.EMPTY)
            if self._credentials.value(Channel.WECHAT_OFFICIAL, "encoding_aes_key"):
                self._check_encrypted(request, body)
                await self._take(request, body)
            else:
                await self._take_plain(request, body)
        # Any other answer would be shown to the citizen, or be tried again.
        return web.Response(text="success")

    async def _take_plain(self, request: web.Request, body: bytes) -> None:
        url = (request.query.get("timestamp", ""), request.query.get("nonce", ""))
        receipt = receipt_of_delivery(Channel.WECHAT_OFFICIAL, _delivery(request, body))
        self.urls.claim(*url, receipt, time.time())
        try:
            await self._take(request, body)
        except JournalFullError:
            self.urls.release(*url)
            raise

    async def _take(self, request: web.Request, body: bytes) -> None:
        await self._receiver.take(
            Channel.WECHAT_OFFICIAL,
            Transport.HTTP,
            body,
            delivery=_delivery(request, body),
            source=request.remote or "",
            content_type=request.headers.get("Content-Type", ""),
            headers={
                TIMESTAMP: request.query.get("timestamp", ""),
                NONCE: request.query.get("nonce", ""),
                MSG_SIGNATURE: request.query.get("msg_signature", ""),
            },
        )

    def _check(self, request: web.Request) -> None:
        """Raise `ProblemError` where the URL is not signed by one of our tokens, or is old."""
        timestamp = request.query.get("timestamp", "")
        if not self._is_signed(request, "signature"):
            raise ProblemError(Problem.BAD_SIGNATURE, "signature does not match token and query")
        known = timestamp.isdecimal() and len(timestamp) <= LONGEST_TIME
        if not known or abs(time.time() - int(timestamp)) > self._window:
            raise ProblemError(Problem.STALE, "timestamp is too far from our clock")

    def _check_encrypted(self, request: web.Request, body: bytes) -> None:
        """Raise `ProblemError` where a body has no encrypted part, or that is not signed.

        The plain parts that 兼容模式 sends beside it are proved by nothing; no decoder reads them.
        """
        try:
            sealed = optional(parse_xml(body), "Encrypt")
        except FaultError as error:
            raise ProblemError(Problem.BAD_REQUEST, f"no XML: {error.fault.detail}") from error
        if not sealed:
            detail = "choose 安全模式 at WeChat, or take encoding_aes_key out of secrets.yaml"
            raise ProblemError(Problem.NOT_ENCRYPTED, detail)
        if not self._is_signed(request, "msg_signature", sealed):
            detail = "msg_signature does not match token, query and Encrypt"
            raise ProblemError(Problem.BAD_SIGNATURE, detail)

    def _is_signed(self, request: web.Request, parameter: str, *more: str) -> bool:
        query = request.query
        parts = (query.get("timestamp", ""), query.get("nonce", ""), *more)
        tokens = self._credentials.accepted(Channel.WECHAT_OFFICIAL, "token")
        return any(is_signed(token, query.get(parameter, ""), *parts) for token in tokens)


def _delivery(request: web.Request, body: bytes) -> str:
    """Return the name of a delivery: the same for a message that WeChat sends again."""
    timestamp, nonce = request.query.get("timestamp", ""), request.query.get("nonce", "")
    return f"wechat:{timestamp}:{nonce}:{sha256(body).hexdigest()}"
