"""Misspelt settings are named at the start."""

import subprocess
import sys
from pathlib import Path

import pytest

from hub.lab.docs.export import settings_page
from hub.settings import Settings
from hub.settings.spelling import unknown_variables
from tests.integration.parts import environment


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("HUB_DTA", "HUB_DATA"),
        ("hub_dta", "HUB_DATA"),
        ("HUB_JOURNAL_KEPT", "HUB_JOURNAL_KEEP"),
        ("HUB_CLICK_HOUSE", "HUB_CLICKHOUSE"),
        ("HUB_QQQQQ", ""),
    ],
)
def test_an_unknown_variable_comes_with_the_nearest_setting(variable: str, nearest: str) -> None:
    """A variable that resembles no setting comes without advice."""
    assert list(unknown_variables([variable], Settings.model_fields)) == [(variable, nearest)]


def test_settings_and_variables_of_others_are_not_reported() -> None:
    """Upper and lower case are the same, as when settings are read."""
    names = [f"HUB_{name.upper()}" for name in Settings.model_fields]
    others = ["hub_data", "PATH", "HUBERT", "GITHUB_TOKEN"]
    assert list(unknown_variables([*names, *others], Settings.model_fields)) == []


def test_the_command_line_warns_and_goes_on(tmp_path: Path) -> None:
    """The warning is on standard error, so that a table or JSON on standard output stays whole."""
    finished = subprocess.run(
        [sys.executable, "-m", "hub.cli.main", "callers", "ls"],
        env=environment(data=str(tmp_path), dta="/var/lib/hub"),
        capture_output=True,
        text=True,
        check=True,
    )
    expected = "hub: warning: HUB_DTA is no setting and has no effect; did you mean HUB_DATA?\n"
    assert finished.stderr == expected
    assert "HUB_DTA" not in finished.stdout


def test_the_page_of_settings_has_each_setting_in_a_single_section() -> None:
    """No setting is missing or listed twice, and no section is empty."""
    first, *sections = settings_page().split("\n## ")
    listed = [
        line.split("`")[1] for text in sections for line in text.split("\n") if "| `HUB_" in line
    ]
    assert sorted(listed) == sorted(f"HUB_{name.upper()}" for name in Settings.model_fields)
    titles = [text.split("\n", 1)[0] for text in sections]
    assert len(set(titles)) == len(titles) > 10
    assert "| `HUB_" not in first
    assert all("| `HUB_" in text for text in sections)
