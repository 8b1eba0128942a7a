"""The chain of the audit 审计哈希链: a line that was changed or taken out is noticed. Pure.

Of the last lines nobody can know but who has their hashes elsewhere: each is logged as it is made.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import groupby
from typing import Any, NamedTuple

SAID = ("at", "who", "role", "unit", "what", "case_id", "detail", "address")
PLACED = ("chain", "link", "previous_at", "previous_hash")
COLUMNS = (*SAID, *PLACED, "hash")
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Time of the line before the very first."""

Line = Mapping[str, Any]


class Head(NamedTuple):
    """The last line that is known."""

    at: datetime = NEVER
    hash: str = ""


def chained(said: Sequence[Any], chain: str, link: int, head: Head) -> dict[str, Any]:
    """Return a whole line: what it says, its place after `head`, and its hash."""
    line = dict(zip(SAID, said, strict=True))
    line["at"] = _whole_millisecond(line["at"])
    line |= {"chain": chain, "link": link, "previous_at": head.at, "previous_hash": head.hash}
    return line | {"hash": hash_of(line)}


def hash_of(line: Line) -> str:
    """Return the hash of a line, in hexadecimal."""
    told = [_text(line[name]) for name in (*SAID, *PLACED)]
    return sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        # A time is the same time in any zone.
        return str(round(value.timestamp() * 1000))
    return "" if value is None else str(value)


def _whole_millisecond(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def faults(lines: Iterable[Line], now: datetime, keep_days: int) -> list[str]:
    """Return what is wrong with the lines of an audit, empty where nothing is.

    Lines may be missing before what is kept, `keep_days` (0: all of it).
    """
    whole = sorted(
        (one for one in lines if one["hash"]), key=lambda one: (one["chain"], one["link"])
    )
    known = {one["hash"] for one in whole}
    gone = now - timedelta(days=keep_days) if keep_days else NEVER
    found: list[str] = []
    for chain, group in groupby(whole, key=lambda one: one["chain"]):
        before: Line | None = None
        for line in group:
            told = f"line {line['link']} of chain {chain} ({line['at']:%F %T}, {line['who']})"
            if hash_of(line) != line["hash"]:
                found.append(f"{told} was changed")
            if before is None:
                found += _beginning(line, told, known, gone)
            elif (before["link"] + 1, before["hash"]) != (line["link"], line["previous_hash"]):
                found.append(f"before {told} something was taken out")
            before = line
    return found


def _beginning(line: Line, told: str, known: set[str], gone: datetime) -> list[str]:
    if line["previous_at"] < gone or (line["link"] == 1 and not line["previous_hash"]):
        return []
    if line["link"] == 1 and line["previous_hash"] in known:
        return []
    return [f"before {told} something was taken out"]
