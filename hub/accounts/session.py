"""Sessions 会话: who asks, told by an encrypted cookie (Fernet) that lasts a working day.

The cookie says who and since when; role and unit are looked up at each request, so whoever is
removed, or has a new password, is out at once.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe

from aiohttp import web
from cryptography.fernet import Fernet, InvalidToken

from hub.accounts.staff import FILE, Member, StaffRole, load_staff
from hub.runtime.private_file import create_private
from hub.settings import Settings

COOKIE = "hub_session"
KEY_FILE = "session.key"
CSRF_HEADER = "X-CSRF-Token"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: a member of staff, or the public, who has no role."""

    name: str = ""
    role: StaffRole | None = None
    unit: str = ""
    csrf: str = ""


PUBLIC = Viewer()


class Sessions:
    """Begins, reads and ends sessions of one process's pages."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._box = Fernet(_key(settings.data / KEY_FILE))
        self._known: tuple[float, dict[str, Member]] = (-1.0, {})

    def begin(self, member: Member, answer: web.StreamResponse, *, secure: bool) -> Viewer:
        """Set the cookie of somebody who has just proved who he is; return him as a viewer."""
        viewer = Viewer(member.name, member.role, member.unit, token_urlsafe(18))
        told = {"name": member.name, "mark": member.mark, "csrf": viewer.csrf}
        self._set(answer, told, secure=secure)
        return viewer

    def begin_proved(
        self, name: str, role: StaffRole, unit: str, answer: web.StreamResponse, *, secure: bool
    ) -> Viewer:
        """Set the cookie of somebody whom the city's identity provider has proved.

        Role and unit hold as long as the session: who is removed there is out at its end.
        """
        viewer = Viewer(name, role, unit, token_urlsafe(18))
        told = {"name": name, "role": role, "unit": unit, "csrf": viewer.csrf,
                "issuer": self._settings.oidc_issuer}  # fmt: skip
        self._set(answer, told, secure=secure)
        return viewer

    def _set(self, answer: web.StreamResponse, told: dict[str, str], *, secure: bool) -> None:
        answer.set_cookie(
            COOKIE,
            self.sealed(told),
            max_age=int(self._settings.session_hours * 3600),
            httponly=True,
            samesite="Strict",
            secure=secure,
            path="/",
        )

    def sealed(self, told: dict[str, str]) -> str:
        """Return something that only this hub can read, for the browser to keep."""
        return self._box.encrypt(json.dumps(told).encode()).decode()

    def opened(self, sealed: str, seconds: int) -> dict[str, str] | None:
        """Return what was sealed, no longer ago than so many seconds."""
        try:
            told: dict[str, str] = json.loads(self._box.decrypt(sealed.encode(), ttl=seconds))
        except (InvalidToken, ValueError):
            return None
        return told

    def end(self, answer: web.StreamResponse) -> None:
        """Take the cookie away."""
        answer.del_cookie(COOKIE, path="/")

    def viewer(self, request: web.Request) -> Viewer:
        """Return who asks; without a valid session, the public."""
        lasts = int(self._settings.session_hours * 3600)
        told = self.opened(request.cookies.get(COOKIE, ""), lasts)
        if told is None:
            return PUBLIC
        if "issuer" in told:
            if not told["issuer"] or told["issuer"] != self._settings.oidc_issuer:
                return PUBLIC
            return Viewer(told["name"], StaffRole(told["role"]), told["unit"], told["csrf"])
        member = self.staff().get(told["name"])
        if member is None or member.mark != told["mark"]:
            return PUBLIC
        return Viewer(member.name, member.role, member.unit, told["csrf"])

    def staff(self) -> dict[str, Member]:
        """Return the staff as the file has it now; it is read again when it has changed."""
        path = self._settings.data / FILE
        changed = path.stat().st_mtime_ns if path.exists() else 0
        if self._known[0] != changed:
            self._known = (changed, load_staff(self._settings))
        return self._known[1]


def _key(path: Path) -> bytes:
    """Return the key of this hub's sessions; made at the first start."""
    create_private(path, Fernet.generate_key().decode())
    return path.read_bytes()
