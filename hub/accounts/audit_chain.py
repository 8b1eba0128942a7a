"""The hash chain of the audit 审计哈希链: detects lines that were changed or removed. Pure.

The chain alone cannot show that its last lines were removed. For that the hash of each line is
logged when it is written, and can be compared with the audit.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import groupby
from typing import Any, NamedTuple

CONTENT_COLUMNS = ("at", "who", "role", "unit", "what", "case_id", "detail", "address")
CHAIN_COLUMNS = ("chain", "link", "previous_at", "previous_hash")
COLUMNS = (*CONTENT_COLUMNS, *CHAIN_COLUMNS, "hash")
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""`previous_at` of the first line of all."""

AuditLine = Mapping[str, Any]


class Head(NamedTuple):
    """The last line of a chain: its time and its hash."""

    at: datetime = NEVER
    hash: str = ""


def next_line(content: Sequence[Any], chain: str, link: int, head: Head) -> dict[str, Any]:
    """Return a whole line: its content, its position after `head`, and its hash.

    `content` has the values of `CONTENT_COLUMNS`; `link` numbers the lines of a chain from 1.
    """
    line = dict(zip(CONTENT_COLUMNS, content, strict=True))
    line["at"] = _whole_millisecond(line["at"])
    line |= {"chain": chain, "link": link, "previous_at": head.at, "previous_hash": head.hash}
    return line | {"hash": hash_of(line)}


def hash_of(line: AuditLine) -> str:
    """Return the SHA-256 of a line, in hexadecimal."""
    values = [_text(line[name]) for name in (*CONTENT_COLUMNS, *CHAIN_COLUMNS)]
    return sha256(json.dumps(values, ensure_ascii=False).encode()).hexdigest()


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        # Milliseconds since the epoch do not depend on the time zone of the value.
        return str(round(value.timestamp() * 1000))
    return "" if value is None else str(value)


def _whole_millisecond(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def faults(lines: Iterable[AuditLine], now: datetime, keep_days: int) -> list[str]:
    """Return one sentence for each fault in the audit; empty if it is whole.

    Lines older than `keep_days` may be missing; 0 means that no line may be.
    """
    chained = sorted(
        (line for line in lines if line["hash"]), key=lambda line: (line["chain"], line["link"])
    )
    hashes = {line["hash"] for line in chained}
    expired_before = now - timedelta(days=keep_days) if keep_days else NEVER
    problems: list[str] = []
    for chain, group in groupby(chained, key=lambda line: line["chain"]):
        previous: AuditLine | None = None
        for line in group:
            name = f"line {line['link']} of chain {chain} ({line['at']:%F %T}, {line['who']})"
            if hash_of(line) != line["hash"]:
                problems.append(f"{name} was changed")
            if previous is None:
                problems += _first_line_faults(line, name, hashes, expired_before)
            elif (previous["link"] + 1, previous["hash"]) != (line["link"], line["previous_hash"]):
                problems.append(f"a line was removed before {name}")
            previous = line
    return problems


def _first_line_faults(
    line: AuditLine, name: str, hashes: set[str], expired_before: datetime
) -> list[str]:
    if line["previous_at"] < expired_before or (line["link"] == 1 and not line["previous_hash"]):
        return []
    if line["link"] == 1 and line["previous_hash"] in hashes:
        return []
    return [f"a line was removed before {name}"]
