"""`hub rules reload` publishes exactly the rules that it has checked."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from hub.admin import rules
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.settings.town import SHIPPED_TOWN
from hub.town.registers import load_town
from schemas.cloudevent import Record, from_record
from schemas.town.rules import RulesBundle


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """Return a copy of the shipped town."""
    return Path(shutil.copytree(SHIPPED_TOWN, tmp_path / "town"))


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[Record]:
    """Replace the broker; return the list of the records that are sent."""
    records: list[Record] = []

    class NoAnswers:
        def __init__(self, *_: Any) -> None:
            """Read nothing."""

        def bodies(self, _: Any) -> list[Any]:
            """Return no acknowledgement."""
            return []

        def close(self) -> None:
            """Close nothing."""

    monkeypatch.setattr(rules, "ensure_topics", lambda _: None)
    monkeypatch.setattr(rules, "Answers", NoAnswers)
    monkeypatch.setattr(rules, "send", lambda _, record: records.append(record))
    return records


def test_a_change_of_the_folder_after_the_check_is_not_published(
    town: Path, published: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The published version, duties and rules are those that were checked."""
    checked = load_town(town)
    check = rules.check_town_files

    def check_then_change(files: Any) -> Any:
        findings = check(files)
        for name in ("rules.yaml", "duties.csv", "units.csv", "examples.yaml"):
            (town / name).write_text("changed while it is checked", encoding="utf-8")
        return findings

    monkeypatch.setattr(rules, "check_town_files", check_then_change)
    rules.reload_rules(Settings(), town)
    (record,) = published
    bundle = from_record(RulesBundle, record.value)
    assert (bundle.version, bundle.rules) == (checked.rules_version, checked.rules)
    assert (bundle.units, bundle.duties) == (checked.units, checked.duties)


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("rules.yaml", "lead: 城管局", "lead: 城关局", "no unit is of type 城关局"),
        ("duties.csv", "grid,order.parking,own\n", "", "违停由网格办"),
        ("rules.yaml", "rules:\n", "rules: [\n", "line"),
        ("examples.yaml", "- name", "- : [name", "line"),
    ],
)
def test_rules_with_a_fault_are_not_published(
    town: Path, published: list[Record], name: str, old: str, new: str, message: str
) -> None:
    """An error of a register, a failed example and unreadable YAML stop the reload."""
    text = (town / name).read_text(encoding="utf-8")
    assert old in text
    (town / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(HubError, match=message):
        rules.reload_rules(Settings(), town)
    assert not published
