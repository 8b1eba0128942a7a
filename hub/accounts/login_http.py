"""Logging in 登录 with a name and a password, and who one is then."""

import asyncio
import hmac
import json
from urllib.parse import urlsplit

from aiohttp import web
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from hub.accounts.audit import Audit, Look
from hub.accounts.session import CSRF_HEADER, PUBLIC, Sessions, Viewer
from hub.accounts.staff import verify
from hub.settings import Settings
from hub.tracking.http import address_of, too_often
from hub.web.problem import Problem, ProblemError
from streams.town.register import Register

MOST_BYTES = 4096


class LoginHttp:
    """The routes of logging in and out."""

    def __init__(
        self, settings: Settings, sessions: Sessions, audit: Audit, register: Register
    ) -> None:
        self._settings, self._sessions, self._audit = settings, sessions, audit
        self._register = register
        self._limit = parse(settings.login_limit)
        self._failed = MovingWindowRateLimiter(MemoryStorage())

    def add_to(self, app: web.Application) -> None:
        """Add the routes to an application that answers `ProblemError`."""
        app.router.add_post("/api/login", self._login)
        app.router.add_post("/api/logout", self._logout)
        app.router.add_get("/api/me", self._me)

    async def _login(self, request: web.Request) -> web.Response:
        check_origin(request)
        name, password = await _told(request)
        asker = address_of(request, self._settings.proxies)
        if not await self._failed.test(self._limit, asker):
            raise await too_often(self._failed, self._limit, asker)
        member = await asyncio.to_thread(verify, self._sessions.staff(), name, password)
        if member is None:
            await self._failed.hit(self._limit, asker)
            await self._audit.note(request, PUBLIC, Look.LOGIN_FAILED, detail=name)
            raise ProblemError(Problem.BAD_LOGIN)
        answer = web.Response(content_type="application/json")
        viewer = self._sessions.begin(member, answer, secure=is_secure(request, self._settings))
        await self._audit.note(request, viewer, Look.LOGIN)
        answer.text = json.dumps(self._described(viewer), ensure_ascii=False)
        return answer

    async def _logout(self, request: web.Request) -> web.Response:
        viewer = self._sessions.viewer(request)
        check_csrf(request, viewer)
        await self._audit.note(request, viewer, Look.LOGOUT)
        answer = web.json_response({})
        self._sessions.end(answer)
        return answer

    async def _me(self, request: web.Request) -> web.Response:
        return web.json_response(self._described(self._sessions.viewer(request)))

    def _described(self, viewer: Viewer) -> dict[str, str | bool]:
        unit = self._register.unit(viewer.unit)
        return {
            "name": viewer.name,
            "role": str(viewer.role or "public"),
            "unit": viewer.unit,
            "unit_name": unit.name if unit else "",
            "area": unit.area if unit else "",
            "csrf": viewer.csrf,
            "oidc": bool(self._settings.oidc_issuer),
            "public": str(self._settings.public),
        }


async def _told(request: web.Request) -> tuple[str, str]:
    body = await request.content.read(MOST_BYTES + 1)
    try:
        told = json.loads(body) if len(body) <= MOST_BYTES else {}
        return str(told["name"]), str(told["password"])
    except (ValueError, KeyError, TypeError) as error:
        raise ProblemError(Problem.BAD_REQUEST, "JSON with name and password") from error


def check_origin(request: web.Request) -> None:
    """Raise `ProblemError` where another site has sent the browser here."""
    origin = request.headers.get("Origin", "")
    if origin and urlsplit(origin).netloc != request.host:
        raise ProblemError(Problem.BAD_REQUEST, f"this is for pages of {request.host} only")


def check_csrf(request: web.Request, viewer: Viewer) -> None:
    """Raise `ProblemError` where nobody is logged in, or the page is not ours."""
    if viewer.role is None:
        raise ProblemError(Problem.NO_SESSION)
    check_origin(request)
    if not hmac.compare_digest(request.headers.get(CSRF_HEADER, ""), viewer.csrf):
        raise ProblemError(Problem.BAD_REQUEST, f"{CSRF_HEADER} is absent or of another session")


def is_secure(request: web.Request, settings: Settings) -> bool:
    """Whether the browser came by TLS, here or at the trusted proxy before us."""
    told = request.headers.get("X-Forwarded-Proto", "") if settings.proxies else ""
    return request.secure or told == "https"
