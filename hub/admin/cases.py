"""`hub cases` 事项: list cases, show their history, and send commands for them."""

from functools import partial
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from hub.admin.ask import ask_store, render_rows
from hub.cases.commands import Issuer, new_command, send_and_wait
from hub.cases.reference import find_case_id
from hub.cases.request import CommandRequest, faults_of
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.settings.store import StoreSettings
from schemas.cases.case import Case, Move
from schemas.cases.command import Role

LIST = (
    "SELECT number, toString(case_id) AS case_id, state, category, unit, place_name, reports,"
    " follow_ups, toString(opened_at) AS opened_at, title, substringUTF8(content, 1, 60) AS content"
    " FROM cases FINAL WHERE {state:String} IN ('', state) ORDER BY opened_at DESC"
    " LIMIT {limit:UInt32}"
)
ENTRIES = (
    "SELECT seq, move, toString(at) AS at, state, channel, actor, reason, data"
    " FROM case_events FINAL WHERE case_id = {id:UUID} ORDER BY seq"
)
SUGGESTIONS = (
    "SELECT toString(case_id) AS case_id, toString(other_id) AS other_id, worth,"
    " round(score, 2) AS score, barred, reports, place_name, other_place_name, title,"
    " substringUTF8(content, 1, 80) AS content,"
    " other_title, substringUTF8(other_content, 1, 80) AS other_content, toString(at) AS at"
    " FROM suggestions ORDER BY worth DESC, at DESC, case_id, other_id LIMIT {limit:UInt32}"
)
FILED = (
    "SELECT toString(event_id) AS id FROM case_reports WHERE case_id = {id:UUID}"
    " AND {name:String} IN (toString(event_id), concat(channel, '/', native_id))"
)
"""The report of a large case that its body does not list, by its name."""
ROUTE = "SELECT route, body FROM cases FINAL WHERE case_id = {id:UUID}"


def list_cases(settings: StoreSettings, *, state: str, limit: int, as_json: bool) -> str:
    """Return the newest cases, of one state if `state` is not empty; raises `HubError`."""
    rows = ask_store(settings, LIST, {"state": state, "limit": limit})
    return render_rows(rows, as_json=as_json)


def list_suggestions(settings: StoreSettings, *, limit: int, as_json: bool) -> str:
    """Return pairs of cases that may be one matter, the most useful first; raises `HubError`."""
    return render_rows(ask_store(settings, SUGGESTIONS, {"limit": limit}), as_json=as_json)


def show_case(settings: StoreSettings, case_id: str, *, as_json: bool) -> str:
    """Return the history of a case, entry by entry; raises `HubError`."""
    uuid = named_case(settings, case_id)
    rows = ask_store(settings, ENTRIES, {"id": str(uuid)})
    if not rows:
        raise HubError(f"no case {uuid} in the store")
    return render_rows(rows, as_json=as_json)


def send_command(
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
    """Send a command for a case, and return the outcome as a sentence.

    `unit` is the code of the unit that decides; for the role unit it defaults to `actor`. With
    `seq` the command is refused unless the case is at that entry. Raises `HubError` with the reason
    if the command is refused, or if no worker answers.
    """
    uuid = named_case(settings, case_id)
    _, route = _stored_case(settings, uuid)
    if "case" in data:
        data = {**data, "case": str(named_case(settings, str(data["case"])))}
    deciding_unit = unit or (actor if role == Role.UNIT else "")
    try:
        body = CommandRequest(move=move, reason=reason, expected_seq=seq, data=data)
    except ValidationError as error:
        raise HubError(faults_of(error)) from error
    issuer = Issuer(actor, Role(role), deciding_unit)
    outcome = send_and_wait(settings, new_command(uuid, route, issuer, body))
    if not outcome.accepted:
        raise HubError(f"refused: {outcome.refusal}")
    return f"done: case {outcome.case_id} is {outcome.state}, entry {outcome.seq}"


def event_ids_of(settings: StoreSettings, case_id: str, names: tuple[str, ...]) -> list[str]:
    """Return the event ids of the reports `names` of a case; raises `HubError`.

    A report is named by CHANNEL/NATIVE-ID or by its event id.
    """
    case, _ = _stored_case(settings, named_case(settings, case_id))
    return [_event_id_of(settings, case, name) for name in names]


def _stored_case(settings: StoreSettings, case_id: UUID) -> tuple[Case, str]:
    """Return a case from the store, and the route (city) that its commands take."""
    rows = ask_store(settings, ROUTE, {"id": str(case_id)})
    if not rows:
        raise HubError(f"no case {case_id} in the store")
    return Case.model_validate_json(rows[0]["body"]), str(rows[0]["route"])


def _event_id_of(settings: StoreSettings, case: Case, name: str) -> str:
    for report in case.reports:
        if name in (str(report.event_id), f"{report.channel}/{report.native_id}"):
            return str(report.event_id)
    if case.filed:
        rows = ask_store(settings, FILED, {"id": str(case.case_id), "name": name})
        if rows:
            return str(rows[0]["id"])
    known = ", ".join(f"{report.channel}/{report.native_id}" for report in case.reports[:20])
    raise HubError(f"the case has no report {name}; it has {known}")


def named_case(settings: StoreSettings, text: str) -> UUID:
    """Return the id of the case that a command line names by number or id; raises `HubError`."""
    return UUID(find_case_id(partial(ask_store, settings), text))
