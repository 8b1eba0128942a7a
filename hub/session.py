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

from hub.settings import Settings
from hub.staff import FILE, Member, StaffRole, load_staff, write_private

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
        csrf = token_urlsafe(18)
        told = {"name": member.name, "mark": member.mark, "csrf": csrf}
        answer.set_cookie(
            COOKIE,
            self._box.encrypt(json.dumps(told).encode()).decode(),
            max_age=int(self._settings.session_hours * 3600),
            httponly=True,
            samesite="Strict",
            secure=secure,
            path="/",
        )
        return Viewer(member.name, member.role, member.unit, csrf)

    def end(self, answer: web.StreamResponse) -> None:
        """Take the cookie away."""
        answer.del_cookie(COOKIE, path="/")

    def viewer(self, request: web.Request) -> Viewer:
        """Return who asks; without a valid session, the public."""
        cookie = request.cookies.get(COOKIE, "")
        try:
            lasts = int(self._settings.session_hours * 3600)
            told = json.loads(self._box.decrypt(cookie.encode(), ttl=lasts))
        except (InvalidToken, ValueError):
            return PUBLIC
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
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(path, Fernet.generate_key().decode())
    return path.read_bytes()
