"""Login 登录 with a name and a password, the current user, password change, and logout."""

import asyncio
import hmac
import json
from urllib.parse import urlsplit

from aiohttp import web

from hub.accounts.audit import Audit, AuditAction
from hub.accounts.login_attempts import LoginAttempts
from hub.accounts.password_rules import password_fault
from hub.accounts.session import CSRF_HEADER, PUBLIC, Sessions, Viewer
from hub.accounts.staff import Member, change_password, verify
from hub.settings.accounts import AccountSettings
from hub.web.client_address import address_of
from hub.web.problem import Problem, ProblemError
from streams.town.register import Register

MOST_BYTES = 4096


class LoginHttp:
    """The routes of login and logout, and of a member's own password."""

    def __init__(
        self,
        settings: AccountSettings,
        sessions: Sessions,
        audit: Audit,
        register: Register,
        attempts: LoginAttempts,
    ) -> None:
        self._settings, self._sessions, self._audit = settings, sessions, audit
        self._register, self._attempts = register, attempts

    def add_to(self, app: web.Application) -> None:
        """Add the routes to an application whose middleware handles `ProblemError`."""
        app.router.add_post("/api/login", self._login)
        app.router.add_post("/api/logout", self._logout)
        app.router.add_post("/api/logout/everywhere", self._logout_everywhere)
        app.router.add_post("/api/password", self._password)
        app.router.add_get("/api/me", self._me)

    async def _login(self, request: web.Request) -> web.Response:
        check_origin(request)
        name, password = await _fields(request, "name", "password")
        member = await self._verified(request, PUBLIC, name, password, AuditAction.LOGIN_FAILED)
        response = web.Response(content_type="application/json")
        viewer = self._sessions.begin(member, request, response)
        await self._audit.note(request, viewer, AuditAction.LOGIN)
        response.text = self._me_json(viewer)
        return response

    async def _verified(
        self, request: web.Request, viewer: Viewer, name: str, password: str, failed: AuditAction
    ) -> Member:
        """Check the password and return the member; a failure is audited, then `ProblemError`."""
        address = address_of(request, self._settings.proxies)
        try:
            async with self._attempts.reserve(name, address) as attempt:
                member = await attempt.check(verify, self._sessions.staff(), name, password)
                if member is not None:
                    attempt.succeeded()
        except ProblemError:
            await self._audit.note_refusal(request, viewer, AuditAction.LOGIN_REFUSED, detail=name)
            raise
        if member is None:
            await self._audit.note_refusal(request, viewer, failed, detail=name)
            raise ProblemError(Problem.BAD_LOGIN)
        return member

    async def _logout(self, request: web.Request) -> web.Response:
        viewer = self._sessions.viewer(request)
        check_csrf(request, viewer)
        await self._audit.note(request, viewer, AuditAction.LOGOUT)
        response = web.json_response({})
        self._sessions.end(request, response)
        return response

    async def _logout_everywhere(self, request: web.Request) -> web.Response:
        viewer = self._sessions.viewer(request)
        check_csrf(request, viewer)
        await self._audit.note(request, viewer, AuditAction.LOGOUT, detail="everywhere")
        response = web.Response(content_type="application/json")
        self._sessions.end(request, response)
        ended = 1 + self._sessions.end_all(viewer)
        response.text = json.dumps({"ended": ended})
        return response

    async def _password(self, request: web.Request) -> web.Response:
        """Change the viewer's password; all his sessions end, and this page gets a new one."""
        viewer = self._sessions.viewer(request)
        check_csrf(request, viewer)
        if viewer.issuer:
            raise ProblemError(Problem.PASSWORD_ELSEWHERE)
        old, new = await _fields(request, "old", "new")
        fault = password_fault(new, viewer.name, old)
        if fault:
            raise ProblemError(Problem.WEAK_PASSWORD, fault)
        member = await self._verified(
            request, viewer, viewer.name, old, AuditAction.PASSWORD_FAILED
        )
        await self._audit.note(request, viewer, AuditAction.PASSWORD)
        changed = await asyncio.to_thread(change_password, self._settings, member, new)
        if changed is None:
            raise ProblemError(Problem.NO_SESSION)
        self._sessions.end_all(viewer)
        response = web.Response(content_type="application/json")
        response.text = self._me_json(self._sessions.begin(changed, request, response))
        return response

    async def _me(self, request: web.Request) -> web.Response:
        # Pages also poll this; a poll must not keep an idle session open.
        viewer = self._sessions.viewer(request, is_use=False)
        return web.json_response(text=self._me_json(viewer))

    def _me_json(self, viewer: Viewer) -> str:
        unit = self._register.unit(viewer.unit)
        fields = {
            "name": viewer.name,
            "role": str(viewer.role or "public"),
            "unit": viewer.unit,
            "unit_name": unit.name if unit else "",
            "area": unit.area if unit else "",
            "csrf": viewer.csrf,
            "oidc": bool(self._settings.oidc_issuer),
            "has_password": viewer.role is not None and not viewer.issuer,
            "public": str(self._settings.public),
        }
        return json.dumps(fields, ensure_ascii=False)


async def _fields(request: web.Request, first: str, second: str) -> tuple[str, str]:
    """Return two string fields of a JSON body; raises `ProblemError`."""
    body = await request.content.read(MOST_BYTES + 1)
    try:
        fields = json.loads(body) if len(body) <= MOST_BYTES else {}
        texts = str(fields[first]), str(fields[second])
        # JSON can contain lone surrogates, which cannot be encoded for a file or a hash.
        "".join(texts).encode()
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        detail = f"send JSON with {first} and {second}, {MOST_BYTES} bytes at most"
        raise ProblemError(Problem.BAD_REQUEST, detail) from error
    return texts


def check_origin(request: web.Request) -> None:
    """Raise `ProblemError` if the request comes from a page of another site."""
    origin = request.headers.get("Origin", "")
    if origin and urlsplit(origin).netloc != request.host:
        raise ProblemError(
            Problem.BAD_REQUEST, f"this request must come from a page of {request.host}"
        )


def check_csrf(request: web.Request, viewer: Viewer, token: str | None = None) -> None:
    """Raise `ProblemError` without a session, or if the CSRF token is missing or wrong.

    `token` is the hidden field of a form; None: the token is in the header.
    """
    if viewer.role is None:
        raise ProblemError(Problem.NO_SESSION)
    check_origin(request)
    sent = request.headers.get(CSRF_HEADER, "") if token is None else token
    # A header may have bytes that are no text; they must be compared, too.
    if not hmac.compare_digest(sent.encode("utf-8", "surrogatepass"), viewer.csrf.encode()):
        detail = f"{CSRF_HEADER} is missing or belongs to another session; load the page again"
        raise ProblemError(Problem.BAD_REQUEST, detail)
