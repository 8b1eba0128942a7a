"""Checking the rules of a town, running their examples, and errors with file and line."""

import shutil
from pathlib import Path

import pytest

from hub.admin.rules import check_rules, try_rules
from hub.settings.town import SHIPPED_TOWN
from hub.town.check import check_town
from hub.town.check_patrols import check_patrols
from hub.town.registers import load_town
from hub.town.town_file import TownError


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """Return a copy of the shipped town."""
    return Path(shutil.copytree(SHIPPED_TOWN, tmp_path / "town"))


def change(town: Path, name: str, old: str, new: str) -> int:
    """Replace the first occurrence of a text; return its line."""
    path = town / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_the_shipped_rules_have_no_error_and_pass_their_examples() -> None:
    """Each shipped example has the expected assignment."""
    assert check_rules(SHIPPED_TOWN, as_json=False)[0]
    assert try_rules(SHIPPED_TOWN, as_json=False)[0]


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        (
            "units.csv",
            "429999-01,市场监管局,county,429999",
            "429999-01,市场监管局,county,429998",
            "no area of the town",
        ),
        ("units.csv", "429999-01,", "429999-00,", "is on line"),
        (
            "units.csv",
            "429999001001001,东门社区1网格,grid,429999001001001",
            "429999001001001,东门社区1网格,grid,429999001001002",
            "has no unit",
        ),
        ("duties.csv", "grid,order.parking", "grids,order.parking", "no unit is of type grids"),
        ("duties.csv", "grid,order.parking", "grid,order.parkin", "is no category"),
        ("duties.csv", "司法局,dispute.land,own", "城管局,housing.lift,own", "several unit types"),
        ("duties.csv", "grid,order.parking,own", "grid,order.parking,owned", "duty owned"),
        ("places.csv", "429999001001,429999001001001", "429999001002,429999001001001", "another"),
        ("rules.yaml", "lead: 城管局", "lead: 城关局", "no unit is of type 城关局"),
        ("rules.yaml", "lead: 城管局", "lead: 民政局", "主责之外不派"),
        ("rules.yaml", "hand_over: OUT-COURT", "hand_over: OUT-CORT", "no unit OUT-CORT"),
        ("rules.yaml", "hand_over: OUT-COURT", "hand_over: 429999-01", "use lead"),
        ("rules.yaml", "[safety.hazard]", "[safety.hazards]", "is no category"),
        ("rules.yaml", "id: crimes", "id: courts", "used twice"),
        ("rules.yaml", "out_of_area: OUT-CITY", "out_of_area: 429999-01", "out_of_area"),
    ],
)
def test_each_error_is_reported_with_file_and_line(
    town: Path, name: str, old: str, new: str, message: str
) -> None:
    """A damaged register or rule gives an error that names its line."""
    change(town, name, old, new)
    errors = [finding for finding in check_town(town) if finding.severity == "error"]
    fitting = [finding for finding in errors if message in finding.message]
    assert fitting, errors
    assert all(finding.line >= 1 for finding in fitting)
    assert not check_rules(town, as_json=True)[0]


def test_former_codes_are_optional_and_checked(town: Path) -> None:
    """An old code leads to an area of today, once."""
    path = town / "former_codes.csv"
    path.write_text("former,code\n420202,429999\n420202001,429999001\n", encoding="utf-8")
    assert [entry.code for entry in load_town(town).former_codes] == ["429999", "429999001"]
    assert not any(finding.file == path.name for finding in check_town(town))
    path.write_text(
        "former,code\n420202,429998\n420202,429999\n429999001,429999002\n", encoding="utf-8"
    )
    findings = [(f.line, f.message) for f in check_town(town) if f.file == path.name]
    assert findings == [
        (2, "429998 is no area of the town"),
        (3, "420202 is on line 2 too"),
        (4, "429999001 is an area of today"),
    ]


def test_a_rule_behind_a_rule_without_conditions_is_never_reached(town: Path) -> None:
    """The check reports each rule that can never apply."""
    text = (town / "rules.yaml").read_text(encoding="utf-8")
    first = "rules:\n  - id: all\n    name: 全部\n    lowest: true\n"
    (town / "rules.yaml").write_text(text.replace("rules:\n", first, 1), encoding="utf-8")
    unreached = [finding for finding in check_town(town) if "never reached" in finding.message]
    assert len(unreached) == 6
    assert "all" in unreached[0].message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    lowest: true", "    lowest: true\n    triage: true", "line"),
        ("rules:\n", "rules: [\n", "line"),
        ("lead: 城管局", "leads: 城管局", "leads"),
    ],
)
def test_an_unreadable_rules_file_is_reported_with_its_line(
    town: Path, old: str, new: str, message: str
) -> None:
    """A rules file that is not valid YAML, or not valid rules, is not loaded at all."""
    change(town, "rules.yaml", old, new)
    with pytest.raises(TownError, match=message):
        load_town(town)
    assert check_town(town)[0].severity == "error"


def test_a_failed_example_is_reported(town: Path) -> None:
    """The report has the name of the example, and the unit that was assigned instead."""
    line = change(town, "duties.csv", "grid,order.parking,own\n", "")
    assert line > 1
    passed, report = try_rules(town, as_json=False)
    assert not passed
    assert "违停由网格办" in report
    assert "429999-00" in report


@pytest.mark.parametrize(
    ("written", "detail"),
    [("30.052909,114.905159", "lat"), ("nan,30.052909", "lon"), ("114.9,inf", "lat")],
)
def test_a_place_that_is_not_on_the_globe_is_an_error(
    town: Path, written: str, detail: str
) -> None:
    """Reports that name it would be read by no process: no coordinate may be beyond its range."""
    line = change(town, "places.csv", "114.905159,30.052909", written)
    (finding,) = (each for each in check_town(town) if each.severity == "error")
    assert f"places.csv, line {line}: {detail}" in finding.message


def test_a_plan_that_cannot_be_read_is_reported_at_its_own_line(town: Path) -> None:
    """The finding has the file and the line of the plan, and a sentence of our own."""
    plan = "{id: a, name: 独居, does: visit, every: week, whom: people, classes: cared.orphan}"
    (town / "patrols.yaml").write_text(f"# 计划\nplans:\n  - {plan}\n", encoding="utf-8")
    (finding,) = check_patrols(town)
    assert (finding.file, finding.line) == ("patrols.yaml", 3)
    assert finding.message == "classes: write a list, such as [cared.orphan]"
