"""The two routes of a login at the identity provider 统一身份认证登录: redirect and callback.

Between the two the browser keeps the state of its login in a cookie, encrypted with a key of the
hub. An attacker with this key could forge this state, but not the provider's response, and only
that response decides who is logged in.
"""

import asyncio
import json
from http import HTTPStatus
from pathlib import Path

import structlog
from aiohttp import web
from cryptography.fernet import Fernet, InvalidToken

from hub.accounts.audit import Audit, AuditAction
from hub.accounts.oidc_login.provider import OidcError, Provider
from hub.accounts.session import PUBLIC, Sessions, cookie_name
from hub.accounts.staff import StaffRole
from hub.runtime.paths import DataPaths
from hub.runtime.private_file import create_private
from hub.settings.accounts import AccountSettings
from hub.web.client_address import is_secure
from hub.web.problem import Problem, ProblemError
from streams.town.register import Register

COOKIE = "hub_login"
"""The key is in a file because a browser may return to another process of the same folder."""
LOGIN_SECONDS = 600
"""Seconds until a login that was started becomes invalid."""
BEGIN, BACK = "/api/login/oidc", "/api/login/oidc/back"

log = structlog.get_logger()


class OidcHttp:
    """Redirects browsers to the provider and logs them in when they return."""

    def __init__(
        self, settings: AccountSettings, sessions: Sessions, audit: Audit, register: Register
    ) -> None:
        self._settings, self._sessions, self._audit = settings, sessions, audit
        self._register, self._provider = register, Provider(settings)
        self._box = Fernet(_key(DataPaths(settings.data).oidc_key))

    def add_to(self, app: web.Application) -> None:
        """Add the routes to an application whose middleware handles `ProblemError`."""
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
            pending = await asyncio.to_thread(self._provider.begin, self._redirect(request))
        except OidcError as error:
            log.warning("identity_provider_unavailable", error=str(error))
            raise ProblemError(Problem.IDENTITY_AWAY) from error
        response = web.Response(status=HTTPStatus.FOUND, headers={"Location": pending.url})
        state = {"state": pending.state, "nonce": pending.nonce, "verifier": pending.verifier}
        secure = self._is_secure(request)
        # Lax: the browser must send this cookie when it returns from the provider's site.
        response.set_cookie(
            cookie_name(COOKIE, secure=secure),
            self._box.encrypt(json.dumps(state).encode()).decode(),
            max_age=LOGIN_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=secure,
            path="/",
        )
        return response

    async def _back(self, request: web.Request) -> web.Response:
        pending = self._pending(request)
        code = request.query.get("code", "")
        if pending is None or not code or request.query.get("state") != pending["state"]:
            raise ProblemError(
                Problem.BAD_REQUEST,
                "this browser did not start this login, or it is too old; log in again",
            )
        try:
            identity = await asyncio.to_thread(
                self._provider.finish,
                self._redirect(request),
                code,
                pending["nonce"],
                pending["verifier"],
            )
            if identity.role in (StaffRole.TOWNSHIP, StaffRole.UNIT):
                self._check_unit(identity.unit)
        except OidcError as error:
            log.warning("oidc_login_failed", error=str(error))
            await self._audit.note_refusal(
                request, PUBLIC, AuditAction.LOGIN_FAILED, detail=str(error)
            )
            raise ProblemError(Problem.BAD_LOGIN, str(error)) from error
        response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/"})
        viewer = self._sessions.begin_oidc(
            identity.name, identity.role, identity.unit, request, response
        )
        secure = self._is_secure(request)
        response.del_cookie(cookie_name(COOKIE, secure=secure), path="/", secure=secure)
        await self._audit.note(
            request, viewer, AuditAction.LOGIN, detail=self._settings.oidc_issuer
        )
        return response

    def _is_secure(self, request: web.Request) -> bool:
        return is_secure(request, self._settings.proxies)

    def _pending(self, request: web.Request) -> dict[str, str] | None:
        """Return the state of the login that this browser started; None if it is not valid."""
        sealed = request.cookies.get(cookie_name(COOKIE, secure=self._is_secure(request)), "")
        try:
            pending: dict[str, str] = json.loads(
                self._box.decrypt(sealed.encode(), ttl=LOGIN_SECONDS)
            )
        except (InvalidToken, ValueError):
            return None
        return pending

    def _check_unit(self, unit: str) -> None:
        if self._register.unit(unit) is None:
            raise OidcError(f"{unit} is not a unit of the register")


def _key(path: Path) -> bytes:
    """Return the key that encrypts login states; it is created at the first start."""
    create_private(path, Fernet.generate_key().decode())
    return path.read_bytes()
