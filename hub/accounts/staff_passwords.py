"""Passwords that come with every request 口令校验: by Basic authentication (RFC 7617), or in SQL.

Argon2 is slow by intent, so a password that was verified is remembered until it changes, as a
hash with a salt that only this process has.
"""

from hashlib import sha256
from secrets import token_urlsafe

from hub.accounts.staff import Member, StaffFile, verify
from hub.settings.base import CommonSettings


class StaffPasswords:
    """The members of staff, checked by name and password."""

    def __init__(self, settings: CommonSettings) -> None:
        self._staff = StaffFile(settings)
        self._salt = token_urlsafe(32)
        self._proved: dict[tuple[str, str], str] = {}

    def remembers(self, name: str, password: str) -> bool:
        """Return whether this password was verified before, without computing Argon2."""
        member = self.member(name)
        return member is not None and (
            self._proved.get(self._proof(name, password)) == member.password_mark
        )

    def verify(self, name: str, password: str) -> Member | None:
        """Return the member who has this password, or None."""
        if self.remembers(name, password):
            return self.member(name)
        member = verify(self._staff.members(), name, password)
        if member is not None:
            self._proved[self._proof(name, password)] = member.password_mark
        return member

    def member(self, name: str) -> Member | None:
        """Return the member of this name, or None."""
        return self._staff.members().get(name)

    def _proof(self, name: str, password: str) -> tuple[str, str]:
        return name, sha256(f"{self._salt}\n{password}".encode()).hexdigest()
