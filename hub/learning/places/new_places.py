"""`hub places` 地名增补: names that reports have and the town lacks, shown to a person once.

The names are counted over the stored reports, page by page. The memory is bounded: where there are
too many different names, those that only one report has are forgotten.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hub.accounts.operator_audit import operator_name
from hub.learning.collect import Asker
from hub.learning.places.names_in_text import TagNames, names_in_text
from hub.learning.sql import REPORTS
from hub.runtime.errors import HubError
from hub.settings.learning import LearningSettings
from hub.settings.town import TownSettings
from hub.town.decided_names import (
    LONGEST_NAME,
    SHORTEST_NAME,
    DecidedName,
    decided_names,
    keep_decision,
    with_decided_names,
)
from hub.town.registers import load_town
from schemas.town.town import Town
from streams.matching.text import normalise

PAGE = 5000
MOST_NAMES = 200_000
EXAMPLES = 3
AROUND = 12
"""Characters on each side of a name that an example shows."""
TOWNSHIP = 9
PRECISE = frozenset({"coordinates", "grid_code"})
"""How the grid of a report was found without a name, so that it says where the name is."""

Note = Callable[[str], None]


class PlaceNameError(HubError, ValueError):
    """A name that cannot be accepted or refused; the message says why."""


@dataclass(slots=True)
class FoundName:
    """A name that reports have: how many, where they are, and the words around it."""

    name: str
    kind: str
    reports: int = 0
    townships: Counter[str] = field(default_factory=Counter)
    grids: Counter[str] = field(default_factory=Counter)
    longitudes: list[float] = field(default_factory=list)
    latitudes: list[float] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)

    def add(self, row: Mapping[str, Any]) -> None:
        """Count one report that has the name."""
        self.reports += 1
        if row["division_code"]:
            self.townships[row["division_code"][:TOWNSHIP]] += 1
        if row["settled_by"] in PRECISE and row["grid_code"]:
            self.grids[row["grid_code"]] += 1
            if row["lon"] is not None and len(self.longitudes) < PAGE:
                self.longitudes.append(row["lon"])
                self.latitudes.append(row["lat"])
        if len(self.examples) < EXAMPLES:
            self.examples.append(_around(self.name, f"{row['title']} {row['content']}"))

    @property
    def township(self) -> str:
        """The township of most of its reports; empty if none has one."""
        return _most(self.townships)

    @property
    def grid(self) -> str:
        """The grid of most of its reports that know theirs; empty if fewer than half agree."""
        grid = _most(self.grids)
        return grid if 2 * self.grids[grid] > self.grids.total() else ""

    def row(self) -> dict[str, Any]:
        """Return the name as a row of a table."""
        return {
            "name": self.name,
            "kind": self.kind,
            "reports": self.reports,
            "township": self.township,
            "grid": self.grid,
            "examples": self.examples,
        }


def _most(counts: Counter[str]) -> str:
    return min(counts, key=lambda code: (-counts[code], code), default="")


def _around(name: str, text: str) -> str:
    plain = " ".join(normalise(text).split())
    at = max(0, plain.find(name))
    return plain[max(0, at - AROUND) : at + len(name) + AROUND]


def suggested_names(
    settings: LearningSettings,
    store: Asker,
    since: datetime,
    least: int,
    tag: TagNames = names_in_text,
    on_progress: Callable[[int], None] = lambda _: None,
) -> list[FoundName]:
    """Return the names of at least `least` reports that nobody has decided, most reports first.

    Names of the register, and parts of them, are left out. Raises `StoreAwayError` or `TownError`.
    """
    known = _known_names(settings)
    by_name: dict[str, FoundName] = {}
    for page in _pages(store, since):
        for row in page:
            for name, kind in dict(tag(row["title"], row["content"])).items():
                if name not in known:
                    by_name.setdefault(name, FoundName(name, kind)).add(row)
        if len(by_name) > MOST_NAMES:
            by_name = {name: place for name, place in by_name.items() if place.reports > 1}
        on_progress(len(page))
    frequent = [place for place in by_name.values() if place.reports >= least]
    return sorted(frequent, key=lambda place: (-place.reports, place.name))


def _pages(store: Asker, since: datetime) -> Iterator[Any]:
    at, after = 0, ""
    while True:
        page = store.rows(REPORTS, {"since": since, "at": at, "after": after, "most": PAGE})
        if not page:
            return
        yield page
        at, after = int(page[-1]["at"]), page[-1]["id"]


def _known_names(settings: LearningSettings) -> set[str]:
    """Return all names that need no decision: of the register, and those already decided."""
    decided = decided_names(settings)
    town = with_decided_names(load_town(settings.town), decided)
    names = {area.name for area in town.areas} | {decision.name for decision in decided}
    for place in town.places:
        names |= {place.name, *place.known_as}
    return {normalise(name) for name in names}


def accept(
    settings: TownSettings,
    name: str,
    suggestion: FoundName | None,
    grid: str,
    alias_of: str,
    note: Note,
) -> DecidedName:
    """Put a name into the register: as an alias, or as a place of a grid or a township.

    `suggestion` is what the reports say about the name; `grid` overrules it.
    Raises `PlaceNameError`.
    """
    _check_length(name)
    town = with_decided_names(load_town(settings.town), decided_names(settings))
    if alias_of:
        if all(place.name != alias_of for place in town.places):
            raise PlaceNameError(f"the register has no place {alias_of}")
        return _decided(settings, DecidedName(name=name, accepted=True, alias_of=alias_of), note)
    grid = grid or (suggestion.grid if suggestion else "")
    division = _division_of(town, grid) if grid else suggestion.township if suggestion else ""
    if not division:
        raise PlaceNameError(
            f"no report with {name} says where it is; name its grid (--grid) or the place that it"
            " is another name of (--as)"
        )
    place = DecidedName(
        name=name,
        accepted=True,
        kind=suggestion.kind if suggestion else "landmark",
        division_code=division.ljust(12, "0"),
        grid_code=grid,
        lon=_middle(suggestion.longitudes) if suggestion and suggestion.grid == grid else None,
        lat=_middle(suggestion.latitudes) if suggestion and suggestion.grid == grid else None,
    )
    return _decided(settings, place, note)


def _division_of(town: Town, grid: str) -> str:
    known = next((known for known in town.grids if known.code == grid), None)
    if known is None:
        raise PlaceNameError(f"the register has no grid {grid}")
    return known.division_code


def _middle(values: list[float]) -> float | None:
    """Return the median: one wrong point does not move it."""
    return sorted(values)[len(values) // 2] if values else None


def refuse(settings: TownSettings, name: str, note: Note) -> DecidedName:
    """Never show a name again. Raises `PlaceNameError`."""
    _check_length(name)
    return _decided(settings, DecidedName(name=name, accepted=False), note)


def _check_length(name: str) -> None:
    if not SHORTEST_NAME <= len(name) <= LONGEST_NAME:
        detail = f"a place name has {SHORTEST_NAME} to {LONGEST_NAME} characters, not {len(name)}"
        raise PlaceNameError(detail)


def _decided(settings: TownSettings, decision: DecidedName, note: Note) -> DecidedName:
    # A file that cannot be read is an error before the audit says that something was decided.
    decided_names(settings)
    what = "accepted" if decision.accepted else "refused"
    note(f"{decision.name} {what}{f' as {decision.alias_of}' if decision.alias_of else ''}")
    at = datetime.now(UTC).isoformat(timespec="seconds")
    whole = decision.model_copy(update={"by": operator_name(), "at": at})
    keep_decision(settings, whole)
    return whole
