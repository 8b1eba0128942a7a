"""Checks the lists of certificates and of admissions 减负清单校验, line by line."""

from collections.abc import Iterator, Set

from hub.town.registers import ADMISSIONS, CERTIFICATES
from hub.town.town_file import TownFinding
from schemas.cases.assignment import Tier
from schemas.town.lists import EVERY_DEPARTMENT, CertificateStatus
from schemas.town.task import RECEIVING
from schemas.town.town import Town
from streams.town.certificates import stem_of

SHORTEST_STEM = 2
"""Characters that a name has before 证明: a single one would be found in other words."""


def check_lists(town: Town) -> Iterator[TownFinding]:
    """Yield everything wrong with the two lists."""
    departments = departments_of(town)
    yield from _certificates(town, departments)
    yield from _admissions(town, departments)


def departments_of(town: Town) -> frozenset[str]:
    """Return how lists may name the departments of the county: by type or by name."""
    county = [unit for unit in town.units if unit.tier is Tier.COUNTY]
    return frozenset(word for unit in county for word in (unit.unit_type, unit.name))


def _certificates(town: Town, departments: Set[str]) -> Iterator[TownFinding]:
    seen: dict[str, int] = {}
    for line, row in enumerate(town.certificates, 2):
        for name in row.known_as:
            stem = stem_of(name)
            if len(stem) < SHORTEST_STEM:
                message = f"{name} is too short to be found in a text; write the whole name"
                yield TownFinding("error", CERTIFICATES, line, message)
            elif seen.setdefault(stem, line) != line:
                message = f"{name} is on line {seen[stem]} too; delete one of them"
                yield TownFinding("error", CERTIFICATES, line, message)
        if row.department and row.department not in (EVERY_DEPARTMENT, *departments):
            message = f"{row.department} is no type or name of a county unit in units.csv"
            yield TownFinding("warning", CERTIFICATES, line, message)
        if row.status is CertificateStatus.CANCELLED and not row.instead:
            message = f"{row.name} is cancelled; write in instead what replaces it"
            yield TownFinding("warning", CERTIFICATES, line, message)
        if not row.ground:
            message = f"{row.name} has no ground; write the number of the paper"
            yield TownFinding("warning", CERTIFICATES, line, message)


def _admissions(town: Town, departments: Set[str]) -> Iterator[TownFinding]:
    seen: dict[tuple[str, str, str], int] = {}
    for line, row in enumerate(town.admissions, 2):
        if row.department not in departments and row.department != EVERY_DEPARTMENT:
            message = (
                f"{row.department} is no type or name of a county unit in units.csv;"
                f" correct it, or write {EVERY_DEPARTMENT} for each department"
            )
            yield TownFinding("error", ADMISSIONS, line, message)
        if row.tier not in RECEIVING:
            message = f"tier {row.tier} gets no tasks from departments; write township or village"
            yield TownFinding("error", ADMISSIONS, line, message)
        key = (row.department, row.kind, row.tier)
        if seen.setdefault(key, line) != line:
            message = f"{row.department} {row.kind} {row.tier} is on line {seen[key]} too"
            yield TownFinding("error", ADMISSIONS, line, message)
