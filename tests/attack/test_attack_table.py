"""The table of attacks: all functions, tables, clauses, forms and settings, as all roles."""

import os
import sys
import time

import pytest

from tests.attack.judge import Judge
from tests.attack.statements.table import Part, some_of_each
from tests.attack.test_attacks import listed

EACH = {
    "known attacks": 1,
    "clauses": 12,
    "functions": 4,
    "documented calls": 4,
    "combinators": 1,
    "tables": 8,
    "settings": 1,
    "statement forms": 1000,
    "requests": 12,
    "keywords": 3,
    "heavy": 1,
}
"""How many attacks of each function, clause or form `make attack` tries: ten minutes in all."""
EVERY = {
    "clauses": 2,
    "functions": 4,
    "documented calls": 4,
    "combinators": 12,
    "tables": 2,
    "settings": 8,
    "statement forms": 3,
    "requests": 3,
    "keywords": 3,
    "heavy": 3,
}
"""Of these attacks, `make crash` tries one in so many."""
SHORT = {"clauses": 3, "functions": 1, "documented calls": 1, "tables": 2, "requests": 4}
"""The smaller numbers of `make crash`, for CI."""
FULL = bool(os.environ.get("ATTACK_FULL"))
SEED = 1


def attacks_of(name: str) -> int:
    """Return how many attacks of each function, clause or form of a part are tried."""
    return EACH[name] if FULL else SHORT.get(name, EACH[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", EACH)
def test_no_attack_of_the_table_discloses_a_secret(
    judge: Judge, table: dict[str, Part], name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """No secret mark comes back, two stores answer alike, and the engine answers in time."""
    attacks = some_of_each(table[name], attacks_of(name), SEED)
    attacks = attacks if FULL else attacks[:: EVERY.get(name, 1)]
    count, started, holes = judge.begin(), time.monotonic(), []
    for number, (role, statement) in enumerate(attacks, 1):
        hole = judge.judge(role, statement)
        holes += [hole] if hole else []
        if number % 2000 == 0 or number == len(attacks):
            spent = time.monotonic() - started
            line = f"{name}: {number} of {len(attacks)} in {spent:.0f} s, {len(holes)} holes"
            with capfd.disabled():
                sys.stderr.write(f"\n{line}")
    with capfd.disabled():
        sys.stderr.write(f"\n{name}: {count}\n")
    assert not holes, listed(holes)
