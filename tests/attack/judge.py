"""Judge: a statement is harmless if no mark comes back and two stores answer alike."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from hub.accounts.staff import StaffRole
from tests.attack.engines import FOLDER, Answer, Engines
from tests.attack.marked_store import Variant
from tests.attack.marks import seen

TRIES = 4
"""Number of tries in which a difference must be the same: clocks and chance differ each time."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request: its body, fields, headers, method and path."""

    body: bytes
    fields: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    method: str = "POST"
    path: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One attack: its SQL, its target (a function, a clause, a form), and how it is sent."""

    sql: str
    tries: str
    sent: Request | None = None

    @property
    def request(self) -> Request:
        """Return the request that sends the statement."""
        return self.sent or Request(self.sql.encode("utf-8", "surrogatepass"))

    @property
    def elsewhere(self) -> "Statement":
        """Return the same statement with paths of absent files; without paths, itself."""
        request, path, other = self.request, FOLDER.decode(), f"{FOLDER.decode()}/not-there"
        sent = replace(
            request,
            body=request.body.replace(FOLDER, other.encode()),
            fields=tuple((name, text.replace(path, other)) for name, text in request.fields),
        )
        return Statement(self.sql, self.tries, sent)

    @property
    def sent_text(self) -> bytes:
        """Return all text that the attacker wrote, which may come back in an error."""
        request = self.request
        return b"\n".join((self.sql.encode("utf-8", "surrogatepass"), repr(request).encode()))


@dataclass(frozen=True, slots=True)
class Hole:
    """A statement that revealed a secret, and how."""

    role: StaffRole
    statement: Statement
    how: str

    def __str__(self) -> str:
        sent = f" ({str(self.statement.sent)[:300]})" if self.statement.sent else ""
        return f"{self.role}: {self.how}: {self.statement.sql[:600]}{sent}"


@dataclass
class Count:
    """How many statements were tried, of which kinds and by which roles, and their outcomes."""

    tried: Counter[str] = field(default_factory=Counter)
    roles: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    unstable: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.roles.total()} statements of {len(self.tried)} functions, clauses or forms;"
            f" by role {dict(self.roles)}; {dict(self.outcomes)};"
            f" {len(self.unstable)} that change by themselves"
        )


class Judge:
    """Tries statements against the engines."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self.count = Count()

    def begin(self) -> Count:
        """Start a new count; return it."""
        self.count = Count()
        return self.count

    def folder(self, variant: Variant) -> Path:
        """Return the data folder of a store."""
        return self._engines.by_variant[variant].folder

    def answer(self, role: StaffRole, request: Request, variant: Variant) -> Answer:
        """Return what one store answers."""
        return self._engines.by_variant[variant].ask(role, request.body, request.fields)

    def holes(self, attacks: Iterable[tuple[StaffRole, Statement]]) -> list[Hole]:
        """Return the attacks that revealed a secret."""
        return [hole for role, attack in attacks if (hole := self.judge(role, attack))]

    def judge(self, role: StaffRole, statement: Statement) -> Hole | None:
        """Try one statement as one role."""
        first, other = self._ask(role, statement)
        self.count.tried[statement.tries] += 1
        self.count.roles[role.value] += 1
        self.count.outcomes[first.outcome] += 1
        how = self._shown(role, statement, first) or self._shown(role, statement, other)
        if not how and first != other and not _may_differ(role, statement):
            how = self._differs(role, statement)
            if how and FOLDER in statement.sent_text and self._differs(role, statement.elsewhere):
                # The name of the store's own folder, which the statement has, makes them differ.
                how = ""
        return Hole(role, statement, how) if how else None

    def _ask(self, role: StaffRole, statement: Statement) -> tuple[Answer, Answer]:
        request = statement.request
        return self._engines.both(
            role, request.body, request.fields, request.headers, request.method, request.path
        )

    def _shown(self, role: StaffRole, statement: Statement, answer: Answer) -> str:
        if answer.outcome in ("died", "hung", "broken"):
            return f"the engine {answer.outcome} ({answer.status})"
        secret = seen(role, answer.body, statement.sent_text)
        return f"{answer.outcome} and shows {secret}: {answer.body[:200]!r}" if secret else ""

    def _differs(self, role: StaffRole, statement: Statement) -> str:
        """Return how the answers of two stores differ; empty if the difference is random."""
        firsts, others = set(), set()
        for _ in range(TRIES):
            first, other = self._ask(role, statement)
            if first == other:
                self.count.unstable.append(statement.tries)
                return ""
            firsts.add(first)
            others.add(other)
            if len(firsts) > 1 or len(others) > 1:
                self.count.unstable.append(statement.tries)
                return ""
        (first,), (other,) = firsts, others
        return (
            f"two stores answer otherwise: {first.status} {first.body[:160]!r}"
            f" and {other.status} {other.body[:160]!r}"
        )


def _may_differ(role: StaffRole, statement: Statement) -> bool:
    """Return whether two stores may answer a statement differently: the auditor reads the audit."""
    return role is StaffRole.AUDITOR and b"audit" in statement.sent_text.lower()
