"""The details of a case 事项详情: reports, entries, deadlines, feedback."""

import json
from collections.abc import Collection
from typing import Any

from hub.accounts.permissions import allowed_moves, may_open, may_read_confidential, may_read_text
from hub.accounts.session import Viewer
from hub.cases.reference import RunQuery
from hub.security.confidential import CONFIDENTIAL, HIDDEN_PLACE, PLACE_FIELDS
from schemas.cases.case import MOVE_NAMES, Case, Move
from streams.town.register import Register

ENTRIES = """
SELECT seq, move, at, state, channel, actor, reason, data, unit, words FROM case_events
WHERE case_id = {id:UUID} ORDER BY seq"""
_SHOWN = """
SELECT toString(event_id) AS id, channel, native_id, kind, title, content, place_text,
       received_at, anonymous, reporter_masked, words, confidential, danger, attached, project,
       deliberation
FROM events"""
REPORTS = f"{_SHOWN} WHERE event_id IN {{ids:Array(UUID)}} ORDER BY received_at"
FILED = f"""{_SHOWN}
WHERE event_id IN (SELECT event_id FROM case_reports FINAL WHERE case_id = {{id:UUID}})
  AND event_id NOT IN {{listed:Array(UUID)}}
ORDER BY received_at, event_id LIMIT {{size:UInt32}} OFFSET {{start:UInt32}}"""  # noqa: S608 - only our own column list
REPORTS_OF_PAGE = 200
"""Filed reports of a large case on one page."""
FEEDBACK = """
SELECT f.channel AS channel, f.native_id AS native_id, f.move AS move, f.text AS text, f.at AS at,
       d.outcome AS outcome, d.at AS told_at, d.proof AS proof, d.reason AS reason
FROM feedback AS f LEFT JOIN deliveries AS d ON d.feedback_id = f.feedback_id
WHERE f.case_id = {id:UUID} ORDER BY f.at, f.seq"""
SUGGESTED = "SELECT body FROM cases WHERE case_id IN {ids:Array(UUID)}"


def case_details(
    run_query: RunQuery, viewer: Viewer, case: Case, register: Register
) -> dict[str, Any]:
    """Return what a viewer may see of a case; only its unit reads the text of a confidential one.

    `suggested` lists the cases that may be the same matter and that the viewer may open;
    `suggested_elsewhere` is the number of the others.
    """
    case_id = {"id": str(case.case_id)}
    entries = _with_text(run_query(ENTRIES, case_id))
    openable = _openable(run_query, viewer, case, entries, register)
    details: dict[str, Any] = {
        "case": _case_fields(case, openable),
        "entries": [_entry(entry, openable) for entry in entries],
        "reports": _reports(run_query, viewer, case),
        "feedback": run_query(FEEDBACK, case_id),
        "may": {move: MOVE_NAMES[move] for move in allowed_moves(viewer, case)},
        "words": may_read_text(viewer, case),
    }
    if not details["words"]:
        details = _without_text(details)
    suggested = [_suggestion(viewer, openable[other]) for other in details["case"]["suggested"]]
    elsewhere = len(case.suggested) - len(suggested)
    return details | {"suggested": suggested, "suggested_elsewhere": elsewhere}


def _openable(
    run_query: RunQuery,
    viewer: Viewer,
    case: Case,
    entries: list[dict[str, Any]],
    register: Register,
) -> dict[str, Case]:
    """Return the cases, suggested now or earlier, that a viewer may open; keys are their ids."""
    ids = {str(case_id) for case_id in case.suggested}
    for entry in entries:
        if entry["move"] == Move.SUGGEST:
            ids |= {str(candidate.get("case_id", "")) for candidate in _candidates(entry)}
    ids.discard("")
    rows = run_query(SUGGESTED, {"ids": sorted(ids)}) if ids else []
    others = [Case.model_validate_json(row["body"]) for row in rows]
    return {str(other.case_id): other for other in others if may_open(viewer, other, register)}


def _suggestion(viewer: Viewer, other: Case) -> dict[str, Any]:
    """Return the list line of a case that may be the same matter."""
    line: dict[str, Any] = {
        "case_id": str(other.case_id),
        "number": other.number,
        "state": str(other.state),
        "urgency": str(other.urgency),
        "category": other.category,
        "unit": other.assignment.unit if other.assignment else "",
        "due_at": other.due_at.isoformat() if other.due_at else None,
        "reports": other.report_count,
        "channels": sorted({str(report.channel) for report in other.reports}),
    }
    if not may_read_text(viewer, other):
        return line | {"title": CONFIDENTIAL, "content": "", "place_name": HIDDEN_PLACE}
    text = {"title": other.title, "content": other.content, "place_name": other.place_name}
    return line | text


def _reports(run_query: RunQuery, viewer: Viewer, case: Case) -> list[dict[str, Any]]:
    """Return the reports; hide the text of a confidential one also in a case that is not."""
    return _readable(run_query(REPORTS, {"ids": listed_ids(case)}), viewer, case)


def filed_reports(
    run_query: RunQuery, viewer: Viewer, case: Case, page: int
) -> list[dict[str, Any]]:
    """Return a page of the reports that the body of a large case does not list, oldest first."""
    rows = run_query(
        FILED,
        {
            "id": str(case.case_id),
            "listed": listed_ids(case),
            "size": REPORTS_OF_PAGE,
            "start": page * REPORTS_OF_PAGE,
        },
    )
    reports = _readable(rows, viewer, case)
    return reports if may_read_text(viewer, case) else _without_text(reports)


def listed_ids(case: Case) -> list[str]:
    """Return the event ids of the reports that the body of a case lists."""
    return [str(report.event_id) for report in case.reports]


def _readable(rows: list[dict[str, Any]], viewer: Viewer, case: Case) -> list[dict[str, Any]]:
    if may_read_confidential(viewer, case):
        return _with_text(rows)
    return [
        _without_text(row | {"words": ""}) if row["confidential"] else row
        for row in _with_text(rows)
    ]


def _case_fields(case: Case, openable: Collection[str]) -> dict[str, Any]:
    excluded = {"reports", "families", "attachments", "recent", "apart"}
    fields = case.model_dump(mode="json", exclude=excluded)
    suggested = [case_id for case_id in fields["suggested"] if case_id in openable]
    return {**fields, "suggested": suggested, "reports": case.report_count}


def _entry(row: dict[str, Any], openable: Collection[str]) -> dict[str, Any]:
    """Return an entry for the page; a suggestion names only cases that the viewer may open."""
    entry = row | {"move_name": MOVE_NAMES[row["move"]]}
    if row["move"] != Move.SUGGEST:
        return entry
    visible = [item for item in _candidates(row) if item.get("case_id") in openable]
    data = {**visible[0], "others": visible[1:]} if visible else {}
    return entry | {"data": json.dumps(data, ensure_ascii=False)}


def _candidates(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the data of each case that an entry of a suggestion names, the most likely first."""
    data = json.loads(entry["data"] or "{}")
    return [{name: data[name] for name in data if name != "others"}, *data.get("others", [])]


TEXT_FIELDS = frozenset(
    (
        *("title", "content", "answer", "reason", "data", "text", "place_text", "attached"),
        *("reporter_masked", "proof", "object_name", "comment"),
    )
)
"""Fields that contain text which a person wrote."""
HIDDEN_FIELDS = TEXT_FIELDS | PLACE_FIELDS.keys()


def _with_text(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows with their text; the store has confidential text in the column `words`."""
    complete = []
    for row in rows:
        text = json.loads(row.pop("words") or "{}")
        complete.append(row | {name: text[name] for name in row.keys() & text.keys()})
    return complete


def _without_text(value: Any) -> Any:
    """Return a copy of a JSON value with empty text fields, and without places."""
    if isinstance(value, dict):
        hidden = {name: PLACE_FIELDS.get(name, "") for name in value if name in HIDDEN_FIELDS}
        return {name: _without_text(item) for name, item in value.items()} | hidden
    if isinstance(value, list):
        return [_without_text(item) for item in value]
    return value
