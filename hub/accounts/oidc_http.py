"""The two routes by which staff come from the identity provider 统一身份认证登录."""

import asyncio
from http import HTTPStatus

import structlog
from aiohttp import web

from hub.accounts.audit import Audit, Look
from hub.accounts.login_http import is_secure
from hub.accounts.oidc import OidcError, Provider
from hub.accounts.session import PUBLIC, Sessions
from hub.accounts.staff import StaffRole
from hub.settings import Settings
from hub.web.problem import Problem, ProblemError
from streams.town.register import Register

COOKIE = "hub_login"
UNDER_WAY = 600
"""Seconds in which somebody has to come back."""
BEGIN, BACK = "/api/login/oidc", "/api/login/oidc/back"

log = structlog.get_logger()


class OidcHttp:
    """Sends browsers to the provider, and takes them when they are back."""

    def __init__(
        self, settings: Settings, sessions: Sessions, audit: Audit, register: Register
    ) -> None:
        self._settings, self._sessions, self._audit = settings, sessions, audit
        self._register, self._provider = register, Provider(settings)

    def add_to(self, app: web.Application) -> None:
        """Add the routes to an application that answers `ProblemError`."""
        app.router.add_get(BEGIN, self._begin)
        app.router.add_get(BACK, self._back)

    def _redirect(self, request: web.Request) -> str:
        base = self._settings.overview_url.rstrip("/")
        if not base:
            scheme = "https" if is_secure(request, self._settings) else "http"
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
        # Lax: the browser comes back from another site, and brings it along.
        answer.set_cookie(
            COOKIE, self._sessions.sealed(told), max_age=UNDER_WAY, httponly=True, samesite="Lax",
            secure=is_secure(request, self._settings), path="/api/login/",
        )  # fmt: skip
        return answer

    async def _back(self, request: web.Request) -> web.Response:
        begun = self._sessions.opened(request.cookies.get(COOKIE, ""), UNDER_WAY)
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
            await self._audit.note(request, PUBLIC, Look.LOGIN_FAILED, detail=str(error))
            raise ProblemError(Problem.BAD_LOGIN, str(error)) from error
        answer = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/"})
        viewer = self._sessions.begin_proved(
            proved.name, proved.role, proved.unit, answer,
            secure=is_secure(request, self._settings),
        )  # fmt: skip
        answer.del_cookie(COOKIE, path="/api/login/")
        await self._audit.note(request, viewer, Look.LOGIN, detail=self._settings.oidc_issuer)
        return answer

    def _known(self, unit: str) -> None:
        if self._register.unit(unit) is None:
            raise OidcError(f"{unit} is no unit of the register")
