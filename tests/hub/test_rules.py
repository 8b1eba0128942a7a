"""Rules are checked as a whole, tried by their examples, and named with file and line."""

import shutil
from pathlib import Path

import pytest

from hub.admin.rules import check_rules, try_rules
from hub.settings import SHIPPED_TOWN
from hub.town.check import check_town
from hub.town.registers import TownError, load_town


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """Return a copy of the shipped town."""
    return Path(shutil.copytree(SHIPPED_TOWN, tmp_path / "town"))


def change(town: Path, name: str, old: str, new: str) -> int:
    """Replace a text once; return the line it was on."""
    path = town / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_the_shipped_rules_are_sound_and_do_what_their_examples_say() -> None:
    """No error; and each example comes out as meant."""
    assert check_rules(SHIPPED_TOWN, as_json=False)[0]
    assert try_rules(SHIPPED_TOWN, as_json=False)[0]


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("units.csv", "429999-01,市场监管局,county,429999", "429999-01,市场监管局,county,429998",
         "no area here"),
        ("units.csv", "429999-01,", "429999-00,", "is on line"),
        ("units.csv", "429999001001001,东门社区1网格,grid,429999001001001",
         "429999001001001,东门社区1网格,grid,429999001001002", "has no unit"),
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
)  # fmt: skip
def test_each_fault_is_found_with_file_and_line(
    town: Path, name: str, old: str, new: str, message: str
) -> None:
    """What is wrong, where."""
    change(town, name, old, new)
    found = [one for one in check_town(town) if one.severity == "error"]
    fitting = [one for one in found if message in one.message]
    assert fitting, found
    assert all(one.line >= 1 for one in fitting)
    assert not check_rules(town, as_json=True)[0]


def test_a_rule_behind_one_that_takes_all_is_never_reached(town: Path) -> None:
    """Its line is named."""
    text = (town / "rules.yaml").read_text(encoding="utf-8")
    first = "rules:\n  - id: all\n    name: 全部\n    lowest: true\n"
    (town / "rules.yaml").write_text(text.replace("rules:\n", first, 1), encoding="utf-8")
    unreached = [one for one in check_town(town) if "never reached" in one.message]
    assert len(unreached) == 5
    assert "all" in unreached[0].message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    lowest: true", "    lowest: true\n    triage: true", "line"),
        ("rules:\n", "rules: [\n", "line"),
        ("lead: 城管局", "leads: 城管局", "leads"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line(
    town: Path, old: str, new: str, message: str
) -> None:
    """Nothing is half taken."""
    change(town, "rules.yaml", old, new)
    with pytest.raises(TownError, match=message):
        load_town(town)
    assert check_town(town)[0].severity == "error"


def test_an_example_that_comes_out_otherwise_is_told(town: Path) -> None:
    """With its line, and what came instead."""
    line = change(town, "duties.csv", "grid,order.parking,own\n", "")
    assert line > 1
    sound, told = try_rules(town, as_json=False)
    assert not sound
    assert "违停由网格办" in told
    assert "429999-00" in told
