"""What a case shows 案件详情: reports, life, clock, feedback; contact details apart."""

import json
from typing import Any

from pydantic import ValidationError

from hub.accounts.permissions import may_command, reads_words
from hub.accounts.session import Viewer
from hub.overview.figures import Screen
from hub.security.original import Original
from hub.security.sealing import Sealer, SealError
from schemas.case import MOVE_NAMES, Case

BODY = "SELECT body FROM cases WHERE case_id = {id:UUID}"
ENTRIES = """
SELECT seq, move, at, state, channel, actor, reason, data, unit, words FROM case_events
WHERE case_id = {id:UUID} ORDER BY seq"""
REPORTS = """
SELECT toString(event_id) AS id, channel, native_id, kind, title, content, place_text,
       received_at, anonymous, reporter_masked, words
FROM events WHERE event_id IN {ids:Array(UUID)} ORDER BY received_at"""
FEEDBACK = """
SELECT f.channel AS channel, f.native_id AS native_id, f.move AS move, f.text AS text, f.at AS at,
       d.outcome AS outcome, d.at AS told_at, d.proof AS proof, d.reason AS reason
FROM feedback AS f LEFT JOIN deliveries AS d ON d.feedback_id = f.feedback_id
WHERE f.case_id = {id:UUID} ORDER BY f.at, f.seq"""
SUGGESTED = """
SELECT case_id, title, content, place_name, state, reports FROM cases
WHERE case_id IN {ids:Array(UUID)}"""
SEALED = """
SELECT toString(event_id) AS id, channel, native_id, reporter_sealed AS sealed FROM events
WHERE event_id IN {ids:Array(UUID)} ORDER BY received_at"""


def find_case(screen: Screen, case_id: str) -> Case | None:
    """Return a case as the store has it."""
    rows = screen.rows(BODY, {"id": case_id})
    return Case.model_validate_json(rows[0]["body"]) if rows else None


def described(screen: Screen, viewer: Viewer, case: Case) -> dict[str, Any]:
    """Return what a viewer may see of a case; words of a confidential one are for its unit."""
    case_id = {"id": str(case.case_id)}
    ids = {"ids": [str(report.event_id) for report in case.reports]}
    told = {
        "case": _standing(case),
        "entries": [one | {"move_name": MOVE_NAMES[one["move"]]}
                    for one in _with_words(screen.rows(ENTRIES, case_id))],
        "reports": _with_words(screen.rows(REPORTS, ids)),
        "feedback": screen.rows(FEEDBACK, case_id),
        "suggested": screen.rows(SUGGESTED, {"ids": [str(one) for one in case.suggested]})
        if case.suggested else [],
        "may": {move: MOVE_NAMES[move] for move in may_command(viewer, case)},
        "words": reads_words(viewer, case),
    }  # fmt: skip
    return told if told["words"] else _without_words(told)


def _standing(case: Case) -> dict[str, Any]:
    shown = case.model_dump(mode="json", exclude={"reports", "families", "attachments", "recent"})
    return {**shown, "reports": len(case.reports)}


WORDS = frozenset({
    "title", "content", "answer", "reason", "data", "text", "place_text", "reporter_masked",
    "proof", "object_name",
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


def contacts(screen: Screen, sealer: Sealer, case: Case) -> list[dict[str, Any]]:
    """Return who reported a case, in clear; a report that cannot be opened says why."""
    ids = {"ids": [str(report.event_id) for report in case.reports]}
    found = []
    for row in screen.rows(SEALED, ids):
        line = {"channel": row["channel"], "native_id": row["native_id"]}
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
