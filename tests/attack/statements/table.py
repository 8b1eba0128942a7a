"""The whole table of attacks: payloads in clauses, functions, tables, forms, as each role."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from hub.accounts.staff import StaffRole
from tests.attack.judge import Statement
from tests.attack.statements import forms, functions, heavy, known, requests
from tests.attack.statements.clauses import CLAUSES
from tests.attack.statements.functions import Known
from tests.attack.statements.payloads import payloads

Attack = tuple[StaffRole, Statement]
ROLES = tuple(StaffRole)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the table and its attacks."""

    name: str
    attacks: list[Attack]


def parts(engine: Known) -> list[Part]:
    """Return the whole table for an engine that has these functions and statements."""
    whole = [
        Part("known attacks", known.attacks()),
        Part("clauses", list(_clauses())),
        Part("functions", list(_by_turns(functions.functions(engine), 0))),
        Part("documented calls", list(_by_turns(functions.documented(engine), 1))),
        Part("combinators", list(_by_turns(functions.combined(engine), 1))),
        Part("tables", list(_by_turns(functions.tables(engine), 2))),
        Part("settings", list(_by_turns(functions.settings(engine), 3))),
        Part("statement forms", list(_as_each_role(forms.forms()))),
        Part("requests", list(_as_each_role(iter([list(requests.requests())])))),
        Part("heavy", list(_by_turns(iter([list(heavy.heavy())]), 0))),
        Part("keywords", list(_by_turns(forms.beginnings(engine), 4))),
    ]
    return [Part(part.name, list(dict.fromkeys(part.attacks))) for part in whole]


def drawn(part: Part, count: int, seed: int) -> list[Attack]:
    """Return a number of attacks of a part, drawn by a seed."""
    whole = list(part.attacks)
    random.Random(seed).shuffle(whole)
    return whole[:count]


def some_of_each(part: Part, each: int, seed: int) -> list[Attack]:
    """Return a number of attacks of each function, clause or form of a part, drawn by a seed."""
    taken: Counter[str] = Counter()
    chosen = []
    for role, statement in drawn(part, len(part.attacks), seed):
        taken[statement.tries] += 1
        if taken[statement.tries] <= each:
            chosen.append((role, statement))
    return chosen


def _clauses() -> Iterator[Attack]:
    """Yield, for each template and role, the payloads in it."""
    for kind, templates in CLAUSES.items():
        for template in templates:
            for role in ROLES:
                for number, payload in enumerate(payloads(role)):
                    is_loud = "{b}" in template and (number + ROLES.index(role)) % 2 == 0
                    sql = payload.fill(template, is_loud)
                    yield role, Statement(sql, f"clause {kind} {template}")


def _as_each_role(groups: Iterator[list[Statement]]) -> Iterator[Attack]:
    for group in groups:
        yield from ((role, statement) for statement in group for role in ROLES)


def _by_turns(groups: Iterator[list[Statement]], start: int) -> Iterator[Attack]:
    """Yield statements that the roles try in turn.

    Whether a function runs does not depend on the role; each role tries some calls of each.
    """
    for number, group in enumerate(groups, start):
        yield from (
            (ROLES[(number + n) % len(ROLES)], statement) for n, statement in enumerate(group)
        )
