"""`POST /work/logout` 退出: ends the session from any page of the workbench."""

from aiohttp import web

from hub.accounts.audit import AuditAction
from hub.workbench.access import checked_form, staff_viewer
from hub.workbench.services import Services


class LogoutHttp:
    """The route of the button 退出."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_post("/work/logout", self._logout)

    async def _logout(self, request: web.Request) -> web.Response:
        """End the session and lead to the login; raises `ProblemError` without the CSRF token."""
        viewer = staff_viewer(self._services.sessions, request)
        await checked_form(request, viewer)
        await self._services.audit.note(request, viewer, AuditAction.LOGOUT)
        response = web.Response(status=303, headers={"Location": "/", "Cache-Control": "no-store"})
        self._services.sessions.end(request, response)
        return response
