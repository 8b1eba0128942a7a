"""What a town sets for reports of settled matters, in `rules.yaml`."""

from dataclasses import replace

import pytest

from hub.settings.town import SHIPPED_TOWN
from hub.town.registers import RULES, TownError, parse_town, read_town_files
from schemas.town.rules import AfterSettled, Again


def parsed(text: str) -> AfterSettled:
    """Return the setting of the shipped town with more lines in front of its rules."""
    files = read_town_files(SHIPPED_TOWN)
    contents = {**files.contents, RULES: text.encode() + files.contents[RULES]}
    return parse_town(replace(files, contents=contents)).rules.after_settled


def test_without_a_setting_a_new_case_follows_for_fifteen_days() -> None:
    """The default is the one that the documentation names."""
    assert parsed("") == AfterSettled(days=15, again=Again.FOLLOW)


def test_a_town_sets_days_and_what_happens() -> None:
    """Both are optional."""
    assert parsed("after_settled:\n  days: 7\n  again: reopen\n") == AfterSettled(
        days=7, again=Again.REOPEN
    )
    assert parsed("after_settled: {days: 0}\n").days == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("after_settled:\n  again: sometimes\n", "line 2: after_settled: again"),
        ("after_settled:\n  days: 31\n", "line 2: after_settled: days"),
        ("after_settled:\n  day: 3\n", "line 2: after_settled: day"),
        ("after_settled: often\n", "line 1: after_settled"),
    ],
)
def test_a_setting_that_is_none_is_refused_with_its_line(text: str, message: str) -> None:
    """The message names the file, the line and the field."""
    with pytest.raises(TownError, match=message):
        parsed(text)
