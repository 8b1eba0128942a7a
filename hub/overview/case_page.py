"""What a case shows 案件详情: reports, life, clock, feedback; contact details apart."""

import json
from collections.abc import Collection
from typing import Any

from pydantic import ValidationError

from hub.accounts.confidential import CONFIDENTIAL
from hub.accounts.permissions import may_command, opens, reads_confidential, reads_words
from hub.accounts.session import Viewer
from hub.overview.figures import Screen
from hub.security.original import Original
from hub.security.sealing import Sealer, SealError
from schemas.cases.case import MOVE_NAMES, Case, Move
from streams.town.register import Register

BODY = "SELECT body FROM cases WHERE case_id = {id:UUID}"
ENTRIES = """
SELECT seq, move, at, state, channel, actor, reason, data, unit, words FROM case_events
WHERE case_id = {id:UUID} ORDER BY seq"""
REPORTS = """
SELECT toString(event_id) AS id, channel, native_id, kind, title, content, place_text,
       received_at, anonymous, reporter_masked, words, confidential
FROM events WHERE event_id IN {ids:Array(UUID)} ORDER BY received_at"""
FEEDBACK = """
SELECT f.channel AS channel, f.native_id AS native_id, f.move AS move, f.text AS text, f.at AS at,
       d.outcome AS outcome, d.at AS told_at, d.proof AS proof, d.reason AS reason
FROM feedback AS f LEFT JOIN deliveries AS d ON d.feedback_id = f.feedback_id
WHERE f.case_id = {id:UUID} ORDER BY f.at, f.seq"""
SUGGESTED = "SELECT body FROM cases WHERE case_id IN {ids:Array(UUID)}"
SEALED = """
SELECT toString(event_id) AS id, channel, native_id, reporter_sealed AS sealed, confidential
FROM events
WHERE event_id IN {ids:Array(UUID)} ORDER BY received_at"""


def find_case(screen: Screen, case_id: str) -> Case | None:
    """Return a case as the store has it."""
    rows = screen.rows(BODY, {"id": case_id})
    return Case.model_validate_json(rows[0]["body"]) if rows else None


def described(screen: Screen, viewer: Viewer, case: Case, register: Register) -> dict[str, Any]:
    """Return what a viewer may see of a case; words of a confidential one are for its unit.

    Of cases that may be the same matter he is shown those that he may open, and of the others how
    many there are.
    """
    case_id = {"id": str(case.case_id)}
    entries = _with_words(screen.rows(ENTRIES, case_id))
    may_open = _openable(screen, viewer, case, entries, register)
    told: dict[str, Any] = {
        "case": _standing(case, may_open),
        "entries": [_entry(one, may_open) for one in entries],
        "reports": _reports(screen, viewer, case),
        "feedback": screen.rows(FEEDBACK, case_id),
        "may": {move: MOVE_NAMES[move] for move in may_command(viewer, case)},
        "words": reads_words(viewer, case),
    }
    if not told["words"]:
        told = _without_words(told)
    suggested = [_suggestion(viewer, may_open[one]) for one in told["case"]["suggested"]]
    elsewhere = len(case.suggested) - len(suggested)
    return told | {"suggested": suggested, "suggested_elsewhere": elsewhere}


def _openable(
    screen: Screen, viewer: Viewer, case: Case, entries: list[dict[str, Any]], register: Register
) -> dict[str, Case]:
    """Return those of the cases suggested now or before that a viewer may open, by id."""
    ids = {str(one) for one in case.suggested}
    for entry in entries:
        if entry["move"] == Move.SUGGEST:
            ids |= {str(one.get("case_id", "")) for one in _parts(entry)}
    ids.discard("")
    rows = screen.rows(SUGGESTED, {"ids": sorted(ids)}) if ids else []
    others = [Case.model_validate_json(row["body"]) for row in rows]
    return {str(one.case_id): one for one in others if opens(viewer, one, register)}


def _suggestion(viewer: Viewer, other: Case) -> dict[str, Any]:
    """Return the line of a case that may be the same matter."""
    line = {
        "case_id": str(other.case_id),
        "state": str(other.state),
        "reports": len(other.reports),
    }
    if not reads_words(viewer, other):
        return line | {"title": CONFIDENTIAL, "content": "", "place_name": ""}
    words = {"title": other.title, "content": other.content, "place_name": other.place_name}
    return line | words


def _reports(screen: Screen, viewer: Viewer, case: Case) -> list[dict[str, Any]]:
    """Return the reports; a confidential one that was merged into an open case stays so."""
    rows = screen.rows(REPORTS, {"ids": [str(report.event_id) for report in case.reports]})
    if reads_confidential(viewer, case):
        return _with_words(rows)
    return [
        _without_words(row | {"words": ""}) if row["confidential"] else row
        for row in _with_words(rows)
    ]


def _standing(case: Case, shown: Collection[str]) -> dict[str, Any]:
    without = {"reports", "families", "attachments", "recent", "apart"}
    standing = case.model_dump(mode="json", exclude=without)
    suggested = [one for one in standing["suggested"] if one in shown]
    return {**standing, "suggested": suggested, "reports": len(case.reports)}


def _entry(row: dict[str, Any], shown: Collection[str]) -> dict[str, Any]:
    """Return an entry for the page; a suggestion names only cases that the viewer may open."""
    entry = row | {"move_name": MOVE_NAMES[row["move"]]}
    if row["move"] != Move.SUGGEST:
        return entry
    visible = [one for one in _parts(row) if one.get("case_id") in shown]
    data = {**visible[0], "others": visible[1:]} if visible else {}
    return entry | {"data": json.dumps(data, ensure_ascii=False)}


def _parts(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what an entry of a suggestion says of each case that it names, the likeliest first."""
    told = json.loads(entry["data"] or "{}")
    return [{name: told[name] for name in told if name != "others"}, *told.get("others", [])]


WORDS = frozenset({
    "title", "content", "answer", "reason", "data", "text", "place_text", "reporter_masked",
    "proof", "object_name", "comment",
})  # fmt: skip


def _with_words(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows with what they say; of something confidential that stands in `words`."""
    told = []
    for row in rows:
        said = json.loads(row.pop("words") or "{}")
        told.append(row | {name: said[name] for name in row.keys() & said.keys()})
    return told


def _without_words(told: Any) -> Any:
    """Return the same without anything that somebody wrote."""
    if isinstance(told, dict):
        return {
            name: "" if name in WORDS else _without_words(value) for name, value in told.items()
        }
    if isinstance(told, list):
        return [_without_words(one) for one in told]
    return told


def contacts(screen: Screen, sealer: Sealer, viewer: Viewer, case: Case) -> list[dict[str, Any]]:
    """Return who reported a case, in clear; a report that cannot be opened says why.

    Whoever told a confidential report is for the unit that has the case.
    """
    ids = {"ids": [str(report.event_id) for report in case.reports]}
    found = []
    for row in screen.rows(SEALED, ids):
        line = {"channel": row["channel"], "native_id": row["native_id"]}
        if row["confidential"] and not reads_confidential(viewer, case):
            found.append(line | {"error": CONFIDENTIAL})
            continue
        if not row["sealed"]:
            found.append(line)
            continue
        try:
            known = Original.model_validate_json(sealer.open(row["id"], row["sealed"]))
        except (SealError, ValidationError) as error:
            found.append(line | {"error": str(error).splitlines()[0]})
            continue
        found.append(
            line | {"name": known.name, "phone": known.phone, "address": known.address,
                    "email": known.email}
        )  # fmt: skip
    return found
