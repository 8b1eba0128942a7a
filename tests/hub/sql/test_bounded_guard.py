"""The guard's own work is bounded, and a statement that ends in LIMIT 0 is ordinary."""

import pytest

from hub.sql.dialect import parameter, split_format
from tests.hub.sql.conftest import Ask


def test_a_statement_names_few_system_tables(ask: Ask) -> None:
    """A subquery answers each: thousands of them are refused before any is written."""
    names = ", ".join(["system.formats"] * 10_000)
    answer = ask("township", f"SELECT 1 FROM {names}")
    assert answer.startswith("Code: 497. more than 64 system tables")


def test_limit_0_is_answered_and_hides_no_refusal(ask: Ask) -> None:
    """Clients query the columns of a statement this way."""
    assert ask("city", "SELECT 1 AS x LIMIT 0") == ""
    assert ask("city", "SELECT 1 AS x LIMIT 0 FORMAT TabSeparatedWithNames") == "x\n"
    assert ask("unit", "SELECT words FROM case_events LIMIT 0").startswith("Code: 497.")
    assert ask("city", r"SELECT 'a\tb\\c\'d' AS x").strip() == r"a\tb\\c\'d"


def test_a_format_may_stand_in_backquotes() -> None:
    """The engine itself writes FORMAT Null this way."""
    assert split_format("SELECT 1 FORMAT `Null`", "TSV") == ("SELECT 1", "Null")


@pytest.mark.parametrize("text", ["[" + "-" * 6000 + "1]", "[" * 6000 + "]" * 6000, "[1] + [2]"])
def test_an_invalid_array_is_refused_with_a_sentence(text: str) -> None:
    """The message shows nothing of the process."""
    with pytest.raises(ValueError, match="Code: 36") as refused:
        parameter(text)
    assert "0x" not in str(refused.value)
