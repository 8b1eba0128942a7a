"""微信公众号's push address: GET proves that it is ours, POST brings a message."""

import time

from aiohttp import web

from connectors.lib.wechat_crypto import is_signed
from connectors.wechat_official import MSG_SIGNATURE, NONCE, TIMESTAMP
from hub.intake.receiver import Receiver
from hub.security.credentials import Credentials
from hub.settings import Settings
from hub.web.body import Bodies
from hub.web.problem import Problem, ProblemError
from schemas.channel import Channel
from schemas.raw import Transport

PATH = "/v1/wechat"
LONGEST_TIME = 12


class WeChat:
    """The two handlers."""

    def __init__(
        self, settings: Settings, receiver: Receiver, credentials: Credentials, bodies: Bodies
    ) -> None:
        self._bodies = bodies
        self._window = settings.replay_window
        self._receiver = receiver
        self._credentials = credentials

    def add_to(self, app: web.Application) -> None:
        """Add the handlers to an application."""
        app.router.add_get(PATH, self._prove)
        app.router.add_post(PATH, self._push)

    async def _prove(self, request: web.Request) -> web.Response:
        self._check(request)
        return web.Response(text=request.query.get("echostr", ""))

    async def _push(self, request: web.Request) -> web.Response:
        self._check(request)
        body = await self._bodies.read(request)
        if not body:
            raise ProblemError(Problem.EMPTY)
        await self._receiver.take(
            Channel.WECHAT_OFFICIAL,
            Transport.HTTP,
            body,
            source=request.remote or "",
            content_type=request.headers.get("Content-Type", ""),
            headers={
                TIMESTAMP: request.query.get("timestamp", ""),
                NONCE: request.query.get("nonce", ""),
                MSG_SIGNATURE: request.query.get("msg_signature", ""),
            },
        )
        # Any other answer would be shown to the citizen, or be tried again.
        return web.Response(text="success")

    def _check(self, request: web.Request) -> None:
        timestamp, nonce = request.query.get("timestamp", ""), request.query.get("nonce", "")
        tokens = self._credentials.accepted(Channel.WECHAT_OFFICIAL, "token")
        given = request.query.get("signature", "")
        if not any(is_signed(token, given, timestamp, nonce) for token in tokens):
            raise ProblemError(Problem.BAD_SIGNATURE, "signature does not match token and query")
        known = timestamp.isdecimal() and len(timestamp) <= LONGEST_TIME
        if not known or abs(time.time() - int(timestamp)) > self._window:
            raise ProblemError(Problem.STALE, "timestamp is too far from our clock")
