"""Pairs of cases that may be one matter 疑似同案对: the most useful first, with reasons. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import asin, cos, log2, radians, sin, sqrt
from typing import Any

from hub.security.confidential import CONFIDENTIAL
from hub.workbench.triage.panel import category_name
from schemas.cases.case import OPEN_STATES, STATE_NAMES, State
from schemas.channel import CHANNEL_NAMES, Channel
from streams.matching.evidence import reasons

MOST_PAIRS = 60
LONGEST_TEXT = 400
EARTH_METRES = 6_371_000.0
SAME_SPOT = 5.0
"""Metres below which two points are one: both are that of the place's name."""
MOST_MERGES = 10
"""Merges that are followed from a suggested case to the case that has its reports now."""
URGENCIES = {"urgent": 4.0, "hard": 2.0, "ordinary": 1.0}
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Side:
    """One case of a pair; `lon` and `lat` are WGS-84 degrees."""

    case_id: str
    title: str
    content: str
    about: str
    opened: str
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two open cases, the older first, with what speaks for and against one matter.

    `chance` is the estimated probability of one matter in words; `worth` sorts pairs.
    """

    older: Side
    newer: Side
    speaks_for: list[str]
    speaks_against: list[str]
    chance: str
    worth: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What an entry says about one suggested case."""

    score: float
    barred: str
    match: Mapping[str, Any]


def suggestions_of(entries: Iterable[Row]) -> dict[tuple[str, str], Suggestion]:
    """Return the newest suggestion of each pair (case, suggested case) of entries by `seq`."""
    suggestions = {}
    for entry in entries:
        data = json.loads(entry["data"] or "{}")
        for shown in (data, *data.get("others", [])):
            if shown.get("case_id"):
                key = (entry["case_id"], str(shown["case_id"]))
                score, barred = float(shown.get("score") or 0.0), str(shown.get("barred") or "")
                suggestions[key] = Suggestion(score, barred, shown.get("match") or {})
    return suggestions


def named_ids(rows: Iterable[Row]) -> list[str]:
    """Return the ids of the cases that rows suggest, or into which they were merged."""
    ids = {str(other) for row in rows for other in row["suggested"]}
    return sorted(ids | {row["merged_into"] for row in rows if row["merged_into"]})


def pairs_of(
    cases: Iterable[Row],
    others: Mapping[str, Row],
    suggestions: Mapping[tuple[str, str], Suggestion],
    names: Mapping[str, str],
) -> list[Pair]:
    """Return at most `MOST_PAIRS` pairs of open cases, the most useful answer first.

    `others` are the rows of suggested cases by id. `names` are those of units by code. A suggested
    case that was merged stands for the case that has its reports now.
    """
    pairs: dict[tuple[str, str], Pair] = {}
    for case in cases:
        for named in map(str, case["suggested"]):
            other = _current(named, others)
            if other is None or other["case_id"] == case["case_id"]:
                continue
            suggestion = suggestions.get((case["case_id"], named), Suggestion(0.0, "", {}))
            pair = _pair(case, other, suggestion, names)
            key = (pair.older.case_id, pair.newer.case_id)
            if key not in pairs or pairs[key].worth < pair.worth:
                pairs[key] = pair
    ranked = sorted(pairs.values(), key=lambda pair: (-pair.worth, pair.older.case_id))
    return ranked[:MOST_PAIRS]


def _current(case_id: str, rows: Mapping[str, Row]) -> Row | None:
    """Return the open case that has the reports of a suggested case; None if there is none."""
    row = rows.get(case_id)
    for _ in range(MOST_MERGES):
        if row is None or row["state"] != State.MERGED:
            break
        row = rows.get(str(row["merged_into"]))
    return row if row is not None and row["state"] in OPEN_STATES else None


def _pair(case: Row, other: Row, suggestion: Suggestion, names: Mapping[str, str]) -> Pair:
    older, newer = sorted((case, other), key=lambda row: (row["opened_at"], row["case_id"]))
    speaks_for, against = reasons(suggestion.match, suggestion.barred)
    apart = _metres(older, newer)
    days = (_day(newer) - _day(older)).days
    facts = [f"相隔{days}天"] if days else ["同一天立案"]
    if apart is not None:
        facts.append(_distance(apart))
    reports = int(older["reports"]) + int(newer["reports"])
    urgency = max(URGENCIES.get(row["urgency"], 0.5) for row in (older, newer))
    return Pair(
        older=_side(older, names),
        newer=_side(newer, names),
        speaks_for=speaks_for,
        speaks_against=against,
        chance="，".join((_chance(suggestion.score), *facts)),
        worth=suggestion.score * log2(1 + reports) * urgency,
    )


def _distance(metres: float) -> str:
    if metres < SAME_SPOT:
        return "在同一位置"
    return f"相距约{metres:.0f}米" if metres < 1000 else f"相距约{metres / 1000:.1f}公里"


def _chance(score: float) -> str:
    steps = ((0.9, "很可能是同一件"), (0.6, "多半是同一件"), (0.3, "可能是同一件"))
    return next((text for least, text in steps if score >= least), "不太像同一件")


def _side(row: Row, names: Mapping[str, str]) -> Side:
    named = " · ".join(filter(None, (category_name(row["category"]), row["place_name"])))
    title = CONFIDENTIAL if row["confidential"] else row["title"] or named
    about = (
        STATE_NAMES[State(row["state"])],
        category_name(row["category"]),
        row["place_name"],
        names.get(row["unit"], row["unit"]) or "未派单",
        f"{row['reports']}件诉求",
        "、".join(CHANNEL_NAMES[Channel(code)] for code in row["channels"]),
    )
    return Side(
        case_id=row["case_id"],
        title=title,
        content="" if row["confidential"] else row["content"][:LONGEST_TEXT],
        about=" · ".join(part for part in about if part),
        opened=row["opened_at"][5:16],
        lon=row["lon"],
        lat=row["lat"],
    )


def _day(row: Row) -> datetime:
    return datetime.fromisoformat(row["opened_at"][:10])


def _metres(row: Row, other: Row) -> float | None:
    """Return the distance of two cases in metres on a sphere; None if a point is missing."""
    if None in (row["lon"], row["lat"], other["lon"], other["lat"]):
        return None
    lon, lat, lon2, lat2 = (
        radians(value) for value in (row["lon"], row["lat"], other["lon"], other["lat"])
    )
    half = sin((lat2 - lat) / 2) ** 2 + cos(lat) * cos(lat2) * sin((lon2 - lon) / 2) ** 2
    return 2 * EARTH_METRES * asin(sqrt(half))
