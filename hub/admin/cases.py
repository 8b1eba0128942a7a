"""`hub cases` 案件: look at them, and decide which of them are one matter."""

from typing import Any
from uuid import UUID

from hub.admin.ask import ask_store, listed
from hub.cases.commands import ask, command_of
from hub.runtime.errors import HubError
from hub.settings import Settings
from schemas.cases.case import Case, Move
from schemas.cases.command import Role

LIST = (
    "SELECT toString(case_id) AS case_id, state, category, unit, place_name, reports,"
    " follow_ups, toString(opened_at) AS opened_at, title, substringUTF8(content, 1, 60) AS content"
    " FROM cases FINAL WHERE {state:String} IN ('', state) ORDER BY opened_at DESC"
    " LIMIT {limit:UInt32}"
)
ENTRIES = (
    "SELECT seq, move, toString(at) AS at, state, channel, actor, reason, data"
    " FROM case_events FINAL WHERE case_id = {id:UUID} ORDER BY seq"
)
SUGGESTIONS = (
    "SELECT toString(case_id) AS case_id, toString(other_id) AS other_id, round(score, 2) AS score,"
    " barred, place_name, other_place_name, title, substringUTF8(content, 1, 80) AS content,"
    " other_title, substringUTF8(other_content, 1, 80) AS other_content, toString(at) AS at"
    " FROM suggestions ORDER BY score DESC, at DESC LIMIT {limit:UInt32}"
)
ROUTE = "SELECT route, body FROM cases FINAL WHERE case_id = {id:UUID}"


def list_cases(settings: Settings, *, state: str, limit: int, as_json: bool) -> str:
    """Return the newest cases; raises `HubError`."""
    return listed(ask_store(settings, LIST, {"state": state, "limit": limit}), as_json=as_json)


def list_suggestions(settings: Settings, *, limit: int, as_json: bool) -> str:
    """Return the pairs that may be one matter, likeliest first; raises `HubError`."""
    return listed(ask_store(settings, SUGGESTIONS, {"limit": limit}), as_json=as_json)


def show_case(settings: Settings, case_id: str, *, as_json: bool) -> str:
    """Return the entries of a case's life; raises `HubError`."""
    wanted = _uuid(case_id)
    rows = ask_store(settings, ENTRIES, {"id": str(wanted)})
    if not rows:
        raise HubError(f"no case {wanted} in the store")
    return listed(rows, as_json=as_json)


def order(
    settings: Settings,
    move: Move,
    case_id: str,
    *,
    actor: str,
    role: str,
    unit: str,
    reason: str,
    seq: int | None,
    data: dict[str, Any],
) -> str:
    """Send a command for a case, and return what came of it in words.

    Raises `HubError` with the reason where it is refused, or nobody answers.
    """
    wanted = _uuid(case_id)
    _, route = _case(settings, wanted)
    spoken_for = unit or (actor if role == Role.UNIT else "")
    who = {"role": Role(role), "unit": spoken_for, "expected_seq": seq}
    command = command_of(wanted, move, route, actor, reason, data, **who)
    outcome = ask(settings, command)
    if not outcome.accepted:
        raise HubError(f"refused: {outcome.refusal}")
    return f"done: case {outcome.case_id} is {outcome.state}, entry {outcome.seq}"


def events_of(settings: Settings, case_id: str, names: tuple[str, ...]) -> list[str]:
    """Return the event ids of a case's reports by CHANNEL/NATIVE-ID; raises `HubError`."""
    case, _ = _case(settings, _uuid(case_id))
    return [_event_of(case, name) for name in names]


def _case(settings: Settings, case_id: UUID) -> tuple[Case, str]:
    """Return a case as the store has it, and where its commands go."""
    found = ask_store(settings, ROUTE, {"id": str(case_id)})
    if not found:
        raise HubError(f"no case {case_id} in the store")
    return Case.model_validate_json(found[0]["body"]), str(found[0]["route"])


def _event_of(case: Case, name: str) -> str:
    for report in case.reports:
        if name in (str(report.event_id), f"{report.channel}/{report.native_id}"):
            return str(report.event_id)
    known = ", ".join(f"{report.channel}/{report.native_id}" for report in case.reports[:20])
    raise HubError(f"the case has no report {name}; it has {known}")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise HubError(f"{text} is no case id; hub cases ls shows them") from error
