"""What stands instead of the words and the place of a confidential report or case 保密件."""

from collections.abc import Mapping

CONFIDENTIAL = "保密件"
"""Instead of a title."""
HIDDEN_PLACE = "保密"
"""Instead of the name of a place."""
PLACE_FIELDS: Mapping[str, str | None] = {"place_name": HIDDEN_PLACE, "lon": None, "lat": None}
"""Name and point of a place, and what stands instead: they may lead to the person. The codes of
area and grid stay: by them a case is assigned and counted."""
