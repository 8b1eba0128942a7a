"""The measurement of people at work: who works, and what they send."""

from hub.accounts.staff import StaffRole
from hub.lab.bench.day.member import Answers, PageKind, decision_of
from hub.lab.bench.day.staff import Plan, figures_of, staff_of, to_lines
from hub.settings.town import SHIPPED_TOWN
from hub.town.registers import load_town

CASE = "0d5d4a4e-0000-4000-8000-000000000001"
PANEL = (
    f'<section class="card case" data-region="case" aria-label="x" data-case="{CASE}">'
    '<input name="move" value="{move}">'
    f'<input name="case" value="{CASE}.7"><button name="unit" value="U-1" data-key="1">'
)


def test_the_staff_has_all_roles_and_the_busiest_units() -> None:
    """Fifty members have all roles; the unit with most cases has an officer."""
    town = load_town(SHIPPED_TOWN)
    staff = staff_of(town, ["W1"], ["429999-03"], 50)
    assert len({name for name, _, _ in staff}) == 50
    assert {role for _, role, _ in staff} == set(StaffRole)
    assert (StaffRole.UNIT, "429999-03") in {(role, unit) for _, role, unit in staff}
    codes = {unit.code for unit in town.units} | {"W1", ""}
    assert {unit for _, _, unit in staff} <= codes


def test_a_decision_is_about_the_case_that_is_shown() -> None:
    """An assignment goes to the likeliest unit; nothing is sent about another case."""
    assigning = PANEL.replace("{move}", "assign")
    assert decision_of(CASE, assigning) == {"case": f"{CASE}.7", "move": "assign", "unit": "U-1"}
    assert decision_of(CASE, PANEL.replace("{move}", "accept"))["move"] == "accept"
    assert decision_of(CASE, PANEL.replace("{move}", "close")) == {}
    assert decision_of(CASE.replace("1", "2"), assigning) == {}


def test_the_table_shows_each_kind_of_page_with_its_errors() -> None:
    """A kind without requests has a line too."""
    answers = Answers(accepted=3)
    answers.seconds[PageKind.QUEUE] += [0.1, 0.3]
    answers.errors[PageKind.SEARCH].append("503")
    figures = figures_of(answers, Plan(staff=2, rate=1, seconds=10, before=0), 0.5, (1.0, 2.0))
    lines = list(to_lines(figures, as_json=False))
    assert "2 people at work" in lines[0]
    assert len(lines) == 3 + len(PageKind)
    (search,) = [line for line in lines if line.startswith("search")]
    assert search.split()[-2:] == ["1", "503"]
