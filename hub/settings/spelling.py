"""Finds misspelt settings 配置拼写: variables `HUB_*` that name no setting have no effect."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import NamedTuple

PREFIX = "HUB_"


class UnknownVariable(NamedTuple):
    """A variable that names no setting, and the most similar one that does, or an empty text."""

    name: str
    nearest: str

    def __str__(self) -> str:
        """Return the warning in one sentence."""
        advice = f"did you mean {self.nearest}?" if self.nearest else "see the list of settings"
        return f"{self.name} is no setting and has no effect; {advice}"


def unknown_variables(names: Iterable[str], settings: Iterable[str]) -> Iterator[UnknownVariable]:
    """Yield the variables that begin with `HUB_` and are none of `settings` (names of fields).

    As when settings are read, upper and lower case are the same.
    """
    known = [field.upper() for field in settings]
    for name in sorted(names):
        spelling = name.upper().removeprefix(PREFIX)
        if name.upper().startswith(PREFIX) and spelling not in known:
            nearest = get_close_matches(spelling, known, n=1)
            yield UnknownVariable(name, PREFIX + nearest[0] if nearest else "")
