"""The two routes by which staff come from the identity provider 统一身份认证登录.

Between the two the browser keeps what its login began with, sealed with a key of its own. Whoever
knew that key could seal a beginning, and no more: the provider's answer decides who is let in.
"""

import asyncio
import json
from http import HTTPStatus
from pathlib import Path

import structlog
from aiohttp import web
from cryptography.fernet import Fernet, InvalidToken

from hub.accounts.audit import Audit, Look
from hub.accounts.oidc import OidcError, Provider
from hub.accounts.session import PUBLIC, Sessions, cookie_name
from hub.accounts.staff import StaffRole
from hub.runtime.paths import DataPaths
from hub.runtime.private_file import create_private
from hub.settings.accounts import AccountSettings
from hub.web.client_address import is_secure
from hub.web.problem import Problem, ProblemError
from streams.town.register import Register

COOKIE = "hub_login"
"""Kept in a file, since a browser may come back to another process of the same folder."""
UNDER_WAY = 600
"""Seconds in which somebody has to come back."""
BEGIN, BACK = "/api/login/oidc", "/api/login/oidc/back"

log = structlog.get_logger()


class OidcHttp:
    """Sends browsers to the provider, and takes them when they are back."""

    def __init__(
        self, settings: AccountSettings, sessions: Sessions, audit: Audit, register: Register
    ) -> None:
        self._settings, self._sessions, self._audit = settings, sessions, audit
        self._register, self._provider = register, Provider(settings)
        self._box = Fernet(_key(DataPaths(settings.data).oidc_key))

    def add_to(self, app: web.Application) -> None:
        """Add the routes to an application that answers `ProblemError`."""
        app.router.add_get(BEGIN, self._begin)
        app.router.add_get(BACK, self._back)

    def _redirect(self, request: web.Request) -> str:
        base = self._settings.overview_url.rstrip("/")
        if not base:
            scheme = "https" if self._is_secure(request) else "http"
            base = f"{scheme}://{request.host}"
        return base + BACK

    async def _begin(self, request: web.Request) -> web.Response:
        try:
            begun = await asyncio.to_thread(self._provider.begin, self._redirect(request))
        except OidcError as error:
            log.warning("the identity provider does not answer", error=str(error))
            raise ProblemError(Problem.IDENTITY_AWAY) from error
        answer = web.Response(status=HTTPStatus.FOUND, headers={"Location": begun.url})
        told = {"state": begun.state, "nonce": begun.nonce, "verifier": begun.verifier}
        secure = self._is_secure(request)
        # Lax: the browser comes back from another site, and brings it along.
        answer.set_cookie(
            cookie_name(COOKIE, secure=secure),
            self._box.encrypt(json.dumps(told).encode()).decode(),
            max_age=UNDER_WAY,
            httponly=True,
            samesite="Lax",
            secure=secure,
            path="/",
        )
        return answer

    async def _back(self, request: web.Request) -> web.Response:
        begun = self._opened(request)
        code = request.query.get("code", "")
        if begun is None or not code or request.query.get("state") != begun["state"]:
            raise ProblemError(Problem.BAD_REQUEST, "this login was not begun here, or is too old")
        try:
            proved = await asyncio.to_thread(
                self._provider.finish, self._redirect(request), code, begun["nonce"],
                begun["verifier"],
            )  # fmt: skip
            if proved.role in (StaffRole.TOWNSHIP, StaffRole.UNIT):
                self._known(proved.unit)
        except OidcError as error:
            log.warning("a login by OpenID Connect failed", error=str(error))
            await self._audit.note_refusal(request, PUBLIC, Look.LOGIN_FAILED, detail=str(error))
            raise ProblemError(Problem.BAD_LOGIN, str(error)) from error
        answer = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/"})
        viewer = self._sessions.begin_proved(proved.name, proved.role, proved.unit, request, answer)
        secure = self._is_secure(request)
        answer.del_cookie(cookie_name(COOKIE, secure=secure), path="/", secure=secure)
        await self._audit.note(request, viewer, Look.LOGIN, detail=self._settings.oidc_issuer)
        return answer

    def _is_secure(self, request: web.Request) -> bool:
        return is_secure(request, self._settings.proxies)

    def _opened(self, request: web.Request) -> dict[str, str] | None:
        """Return what the browser's login began with, None where it began elsewhere or long ago."""
        sealed = request.cookies.get(cookie_name(COOKIE, secure=self._is_secure(request)), "")
        try:
            begun: dict[str, str] = json.loads(self._box.decrypt(sealed.encode(), ttl=UNDER_WAY))
        except (InvalidToken, ValueError):
            return None
        return begun

    def _known(self, unit: str) -> None:
        if self._register.unit(unit) is None:
            raise OidcError(f"{unit} is no unit of the register")


def _key(path: Path) -> bytes:
    """Return the key that seals beginnings of logins; made at the first start."""
    create_private(path, Fernet.generate_key().decode())
    return path.read_bytes()
