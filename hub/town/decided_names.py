"""Place names that a person has accepted or refused 地名增补, beside the registers of the town.

`HUB_DATA/place_names.csv` has one row for each name. An accepted name is a place of its own, or an
alias of a place of the register. The files of the town stay as they are, so that they can be
replaced by newer ones.
"""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from pydantic import Field

from hub.runtime.paths import DataPaths
from hub.runtime.private_file import locked, write_private
from hub.settings.town import TownSettings
from hub.town.town_file import csv_rows
from schemas.base import Frozen
from schemas.town.register import PlaceName
from schemas.town.town import Town

SHORTEST_NAME, LONGEST_NAME = 2, 40
"""Characters of a name that may be decided."""


class DecidedName(Frozen):
    """One name, and what a person has decided about it."""

    name: str = Field(min_length=SHORTEST_NAME, max_length=LONGEST_NAME)
    accepted: bool
    alias_of: str = Field(default="", description="name of the place that this is another name of")
    kind: str = ""
    division_code: str = ""
    grid_code: str = ""
    lon: float | None = None
    lat: float | None = None
    by: str = Field(default="", description="who decided")
    at: str = Field(default="", description="when, in ISO 8601")


def decided_names(settings: TownSettings) -> tuple[DecidedName, ...]:
    """Return all names that were decided; raises `TownError` with file and line of a fault."""
    path = DataPaths(settings.data).place_names
    return csv_rows(path, DecidedName) if path.is_file() else ()


def keep_decision(settings: TownSettings, decision: DecidedName) -> None:
    """Write a decision in place of an earlier one on the same name; raises `TownError`."""
    path = DataPaths(settings.data).place_names
    with locked(path):
        others = [known for known in decided_names(settings) if known.name != decision.name]
        rows = sorted([*others, decision], key=lambda known: known.name)
        write_private(path, _csv(rows))


def _csv(rows: Iterable[DecidedName]) -> str:
    text = StringIO(newline="")
    writer = csv.DictWriter(text, list(DecidedName.model_fields), lineterminator="\n")
    writer.writeheader()
    writer.writerows(row.model_dump(mode="json") for row in rows)
    return text.getvalue()


def with_decided_names(town: Town, decisions: Sequence[DecidedName]) -> Town:
    """Return the town with the accepted names; an alias of an unknown place is left out."""
    accepted = [decision for decision in decisions if decision.accepted]
    if not accepted:
        return town
    aliases: dict[str, list[str]] = {}
    for decision in accepted:
        if decision.alias_of:
            aliases.setdefault(decision.alias_of, []).append(decision.name)
    own = [_place(decision) for decision in accepted if not decision.alias_of]
    known = {place.name for place in town.places}
    places = [*town.places, *(place for place in own if place.name not in known)]
    return town.model_copy(update={"places": tuple(_with_aliases(p, aliases) for p in places)})


def _place(decision: DecidedName) -> PlaceName:
    return PlaceName(
        name=decision.name,
        kind=decision.kind or "landmark",
        division_code=decision.division_code,
        grid_code=decision.grid_code,
        lon=decision.lon,
        lat=decision.lat,
    )


def _with_aliases(place: PlaceName, aliases: dict[str, list[str]]) -> PlaceName:
    added = [name for name in aliases.get(place.name, ()) if name not in place.known_as]
    if not added:
        return place
    return place.model_copy(update={"aliases": "|".join([*place.known_as, *added])})
