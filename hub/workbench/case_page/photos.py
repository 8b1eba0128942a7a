"""Photos of an answer 答复照片: their addresses in the entry, and their names. Pure.

A command to resolve carries the addresses in `data.photos`, and its entry keeps them.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from hub.attachments.photos import NAME
from schemas.cases.case import Move


def photo_addresses(site: str, case_id: UUID, names: Iterable[str]) -> list[str]:
    """Return the addresses of photos of an answer; `site` is `HUB_OVERVIEW_URL`, or empty."""
    return [f"{site.rstrip('/')}{_folder(case_id)}{name}" for name in names]


def names_of(case_id: UUID, data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the photos in the data of an entry; other addresses are left out."""
    listed = data.get("photos")
    links = listed if isinstance(listed, list) else []
    ends = (str(link).rpartition(_folder(case_id)) for link in links)
    return tuple(dict.fromkeys(name for _, folder, name in ends if folder and NAME.fullmatch(name)))


def answer_photos(case_id: UUID, entries: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the photos of the last answer among entries with `move` and `data`, oldest first."""
    answers = [row for row in entries if row["move"] == Move.RESOLVE]
    return names_of(case_id, json.loads(answers[-1]["data"] or "{}")) if answers else ()


def _folder(case_id: UUID) -> str:
    return f"/cases/{case_id}/photos/"
