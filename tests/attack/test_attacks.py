"""Attacks on the staff's SQL: all that once succeeded, and a random sample of generated ones."""

from collections.abc import Sequence

import pytest

from hub.accounts.staff import StaffRole
from hub.sql.roles import HIDDEN, SCOPED
from hub.store.catalogue import DATA
from tests.attack.ask_engine import known
from tests.attack.judge import Hole, Judge, Request, Statement
from tests.attack.marked_store import Variant
from tests.attack.marks import CORES, Secret, encodings, seen
from tests.attack.statements import forms
from tests.attack.statements.table import Part, drawn

SEED = 1
DRAWN = {
    "clauses": 60,
    "functions": 30,
    "documented calls": 12,
    "combinators": 6,
    "tables": 16,
    "settings": 6,
    "statement forms": 20,
    "requests": 20,
    "keywords": 6,
}
PARAMETERS = {
    "service_stages_of": "number = ''",
    "service_items_of": "number = ''",
    "duties_since": "since = '2020-01-01'",
}
"""Views with parameters, which a plain name does not read."""
FILLED = (
    *("projects", "project_stages", "project_money", "projects_by_township", "project_reports"),
    *("service_items", "service_stages", "tasks", "burdens", "burdens_by_month"),
    *("grid_numbers", "people_by_class", "premises_by_kind", "firms", "premises"),
    *("department_ratings", "certificate_reports"),
)
"""Views of registers, projects, lists, ratings and service items."""
CITY, TOWNSHIP, UNIT = StaffRole.CITY, StaffRole.TOWNSHIP, StaffRole.UNIT


def listed(holes: Sequence[Hole]) -> str:
    """Return the first holes, one in each line."""
    return "\n".join([f"{len(holes)} holes:", *map(str, holes[:20])])


@pytest.mark.slow
def test_the_secrets_of_a_store_change_no_visible_row(judge: Judge) -> None:
    """Each role reads its own rows, and the secrets of the stores change none of them."""
    for role in (CITY, TOWNSHIP, UNIT):
        for name in SCOPED:
            but = f" EXCEPT ({', '.join(HIDDEN[name])})" if name in HIDDEN else ""
            sql = f"SELECT *{but} FROM {name} ORDER BY ALL"
            assert judge.judge(role, Statement(sql, "plain")) is None
    own = Request(b"SELECT title FROM cases ORDER BY title")
    for role in (TOWNSHIP, UNIT):
        rows = judge.answer(role, own, Variant.FIRST).body.split()
        assert rows == [b"own-title-0", b"own-title-1", b"own-title-2", b"own-title-3"]


@pytest.mark.slow
@pytest.mark.parametrize("role", StaffRole)
def test_no_table_or_view_of_the_catalogue_shows_a_secret(judge: Judge, role: StaffRole) -> None:
    """Whatever is added to the store is tried as a whole and counted, as each role."""
    names = [name for name in sorted(DATA) if name not in PARAMETERS]
    names += [f"{name}({parameters})" for name, parameters in PARAMETERS.items()]
    for name in names:
        for sql in (f"SELECT * FROM {name} ORDER BY ALL", f"SELECT count() FROM {name}"):
            hole = judge.judge(role, Statement(sql, "plain"))
            assert hole is None, str(hole)


@pytest.mark.slow
def test_the_views_have_rows(judge: Judge) -> None:
    """A view without rows shows nothing, and would prove nothing."""
    counts = {name: f"SELECT count() > 0 FROM {name}" for name in FILLED}
    answers = {
        name: judge.answer(CITY, Request(sql.encode()), Variant.FIRST).body
        for name, sql in counts.items()
    }
    assert {name for name, body in answers.items() if body.strip() != b"1"} == set()


@pytest.mark.slow
def test_the_stores_have_different_secrets(judge: Judge) -> None:
    """The stores have different secrets; otherwise equal answers would prove nothing."""
    rows = Request(b"SELECT title FROM cases ORDER BY title")
    answers = {judge.answer(CITY, rows, variant).body for variant in Variant}
    assert len(answers) == 2
    assert sum(CORES[Secret.FOREIGN].encode() in answer for answer in answers) == 2
    for variant in Variant:
        key = (judge.folder(variant) / "session.key").read_text(encoding="utf-8")
        assert CORES[Secret.FILE] in key


def test_a_mark_is_recognised_in_every_encoding() -> None:
    """A mark is recognised as text, reversed, in hexadecimal, in base64 and as numbers."""
    for way in encodings(CORES[Secret.AUDIT]):
        assert seen(CITY, b"x" + way.upper() + b"y", b"SELECT 1") == "audit"
        assert seen(StaffRole.AUDITOR, way, b"SELECT 1") == ""
    assert seen(CITY, b"path {data}/x", b"SELECT 1").startswith("name")
    assert seen(CITY, b"path {data}/x", b"SELECT '{data}'") == ""


@pytest.mark.slow
def test_attacks_that_succeeded_once_are_refused(judge: Judge, table: dict[str, Part]) -> None:
    """Every attack that has ever disclosed a secret is refused, word for word."""
    holes = judge.holes(table["known attacks"].attacks)
    assert not holes, listed(holes)


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWN)
def test_a_sample_of_generated_attacks_discloses_nothing(
    judge: Judge, table: dict[str, Part], name: str
) -> None:
    """No mark comes back, and two stores that differ in secrets answer alike."""
    holes = judge.holes(drawn(table[name], DRAWN[name], SEED))
    assert not holes, listed(holes)


def test_every_statement_of_the_engine_is_tried(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A new kind of statement in a new version fails this test until the table has it."""
    assert not forms.missing(known(tmp_path_factory.mktemp("engine")))
