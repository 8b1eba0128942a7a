"""Who uses a page of the workbench 工作台访问: members of staff only, and forms with their token.

Routes without a session never come here: see `hub.overview.access`. What a member may see of a case
and command is decided by `hub.cases.staff_cases` and `hub.accounts.permissions`.
"""

from aiohttp import web
from multidict import MultiDictProxy

from hub.accounts.login_http import check_csrf
from hub.accounts.session import CSRF_HEADER, Sessions, Viewer
from hub.accounts.staff import OFFICE_ROLES, StaffRole
from hub.web.problem import Problem, ProblemError
from hub.web.templates import REGION_HEADER

Form = MultiDictProxy[str]
CSRF_FIELD = "csrf"
"""Name of the hidden field of each form."""


def staff_viewer(
    sessions: Sessions, request: web.Request, *roles: StaffRole, is_use: bool = True
) -> Viewer:
    """Return the member of staff who sends a request: of these `roles`, else of any office.

    `is_use` is False for requests that a page sends by itself. Raises `ProblemError` no_session or
    not_yours.
    """
    viewer = sessions.viewer(request, is_use=is_use)
    if viewer.role is None:
        raise ProblemError(Problem.NO_SESSION)
    roles = roles or tuple(OFFICE_ROLES)
    if viewer.role not in roles:
        raise ProblemError(Problem.NOT_YOURS, "本页面不对您的角色开放")
    return viewer


async def checked_form(request: web.Request, viewer: Viewer) -> Form:
    """Return the fields of a posted form whose CSRF token is right; raises `ProblemError`.

    The token is in the hidden field `csrf`, or in the header that scripts send. Files of a
    multipart form are refused.
    """
    fields = await request.post()
    if any(not isinstance(value, str) for value in fields.values()):
        raise ProblemError(Problem.BAD_REQUEST, "this form has no field for files")
    token = None if CSRF_HEADER in request.headers else str(fields.get(CSRF_FIELD, ""))
    check_csrf(request, viewer, token)
    return fields  # type: ignore[return-value]  # no value is a file


def local_path(text: str, otherwise: str) -> str:
    r"""Return a path of this site from a form or query; `otherwise` if it could lead elsewhere.

    Browsers read `//other.example` and `/\other.example` as another site.
    """
    is_local = text.startswith("/") and not text.startswith(("//", "/\\"))
    return text if is_local and text.isprintable() else otherwise


def wants(request: web.Request, *regions: str) -> bool:
    """Whether the answer needs one of these regions: all, unless a script names one."""
    named = request.headers.get(REGION_HEADER, "")
    return not named or bool(set(named.split()) & set(regions))
