"""Adding staff and callers from the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hub.cli.main import cli

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs a command on a fresh data folder."""
    monkeypatch.setenv("HUB_DATA", str(tmp_path))
    return lambda *words: CliRunner().invoke(cli, words)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("staff", "add", "某甲", "--role", "unit", "--unit", "999"), "999 is no unit of"),
        (("staff", "add", "某甲", "--role", "unit", "--unit", "429999-001"), "429999-00"),
        (("callers", "add", "某系统", "--role", "unit", "--unit", "999"), "999 is no unit of"),
        (
            ("staff", "add", "某甲", "--role", "township", "--unit", "429999-01"),
            "is of tier county; role township needs a township",
        ),
    ],
)
def test_an_unknown_office_is_refused(run: Run, words: tuple[str, ...], message: str) -> None:
    """A typing mistake in --unit would lock the person out of all cases without a word."""
    result = run(*words)
    assert result.exit_code == 1
    assert message in result.output
    assert run("staff", "ls").output == ""
    assert run("callers", "ls").output == ""


def test_an_office_of_the_town_is_accepted(run: Run) -> None:
    """A password is drawn, and the list has the member with the office."""
    added = run("staff", "add", "李镇长", "--role", "township", "--unit", "429999001")
    assert added.exit_code == 0
    assert run("staff", "ls").output == "李镇长\ttownship\t429999001\n"


def test_an_id_that_is_none_is_an_error_with_advice(run: Run) -> None:
    """A mistyped id is an error before the store or the intake is asked."""
    for command in ("show", "replay"):
        result = run("rejected", command, "bad")
        assert result.exit_code == 1
        assert "bad is no id of a rejected message; hub rejected ls shows them" in result.output
