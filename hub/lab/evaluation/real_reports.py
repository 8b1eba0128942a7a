"""Real reports 真实诉求 of one city, with the matters that people labelled, read from a folder.

The folder is not a part of this project. It has `data/reports.csv.xz` (id, user, at, title,
content), `labels.*.json` (`matters`: name → ids; `distractors`: ids that are matters of their own),
and the towns `town/district` and `town/register`.
"""

import csv
import json
import lzma
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from hub.lab.evaluation.quality import Labelled
from hub.publish.normalise import to_unified_event
from hub.runtime.errors import HubError
from hub.security.sealing import KEY_BYTES, Sealer
from schemas.channel import Channel
from schemas.reports.fact import Contact, Fact, PlaceHint
from schemas.reports.raw import RawMessage, Transport, receipt_of_delivery
from streams.town.register import Register

VARIANTS = {"raw": "district", "district": "district", "register": "register"}
"""Variant → folder of its town. `raw`: the words only, and a register of the districts' names.
`district`: also the grid code of the first district that a text names. `register`: the words only,
and a register of place names."""
HELD_OUT_SHARE = 0.4
"""Share of the matters that are not learnt from when learning is measured."""
_DISTRICT = re.compile(r"A([1-9])[区县市]")


@dataclass(frozen=True, slots=True)
class RealReport:
    """One report, and the name of its matter."""

    number: str
    user: str
    at: datetime
    title: str
    content: str
    matter: str

    @property
    def held_out(self) -> bool:
        """Whether its matter is not learnt from. It depends on the name of the matter only."""
        digest = sha256(self.matter.encode()).digest()
        return int.from_bytes(digest[:4], "big") / 2**32 < HELD_OUT_SHARE


def read_reports(folder: Path) -> list[RealReport]:
    """Return the labelled reports in order of their numbers; raises `HubError`."""
    try:
        (labels,) = folder.glob("labels.*.json")
        truth = json.loads(labels.read_text(encoding="utf-8"))
        matter_of = {number: f"single-{number}" for number in truth["distractors"]}
        for matter, numbers in truth["matters"].items():
            matter_of |= dict.fromkeys(numbers, matter)
        path = folder / "data" / "reports.csv.xz"
        with lzma.open(path, "rt", encoding="utf-8", newline="") as file:
            return [
                RealReport(
                    number=row["id"],
                    user=row["user"],
                    at=datetime.fromisoformat(row["at"]).astimezone(UTC),
                    title=row["title"],
                    content=row["content"],
                    matter=matter_of[row["id"]],
                )
                for row in sorted(csv.DictReader(file), key=lambda row: row["id"])
                if row["id"] in matter_of
            ]
    except (OSError, ValueError, KeyError, TypeError, lzma.LZMAError) as error:
        raise HubError(f"{folder} holds no labelled reports: {error}") from error


def labelled_events(
    reports: Sequence[RealReport], variant: str, register: Register
) -> Iterator[Labelled]:
    """Yield the event of each report, as the hub makes it of a post on a leaders' message board."""
    sealer = Sealer(bytes(KEY_BYTES))
    for report in reports:
        hint = PlaceHint()
        district = next(filter(None, map(_DISTRICT.search, (report.title, report.content))), None)
        if variant == "district" and district:
            hint = PlaceHint(grid_code=f"43990000{district[1]}001001")
        raw = RawMessage(
            receipt_id=receipt_of_delivery("leader_board", report.number),
            channel=Channel.LEADER_BOARD,
            transport=Transport.POLL,
            received_at=report.at,
            body=b"",
        )
        fact = Fact(
            native_id=report.number,
            occurred_at=report.at,
            contact=Contact(account=report.user),
            place=hint,
            title=report.title,
            content=report.content,
        )
        event = to_unified_event(raw, fact, register, sealer, lambda *_: None)
        yield Labelled(event, report.matter)
