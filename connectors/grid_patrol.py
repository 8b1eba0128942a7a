"""网格员巡查: NDJSON from phones that were offline, gzip or not, docs/channels/grid_patrol.md.

Lines arrive hours late, out of order and twice; each line is independent of the others.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from connectors.contract import (
    Connector,
    DecodeContext,
    FaultError,
    Outgoing,
    Reply,
    ReplyForm,
    Way,
)
from connectors.formats.attachments import attachments_of
from connectors.formats.inflate import payload
from connectors.formats.json_body import (
    Json,
    as_object,
    identifier,
    inner,
    names,
    optional,
    parse,
    require,
    rest,
)
from connectors.formats.reply import as_json, only_reply
from connectors.formats.tally import Tally
from connectors.values.coordinates import PlaceFields, read_place
from connectors.values.id_number import is_id_number, of_today
from connectors.values.moment import parse_moment
from connectors.values.text import decode_text
from connectors.values.unread import Unread
from connectors.values.urgency import urgency_of
from schemas.category import category_named
from schemas.channel import Channel
from schemas.reports.fact import Contact, Datum, Decoded, Fact, Kind, Urgency
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason
from schemas.wording import status

KINDS = {
    "report": Kind.REPORT,
    "check": Kind.PATROL_CHECK,
    "visit": Kind.VISIT,
    "wish": Kind.WISH,
}
SAY_SOMETHING = (Kind.REPORT, Kind.WISH)
KNOWN = names(
    "id type workerId workerName gridCode at lon lat datum category text household.code "
    "household.name household.phone household.address photos. photos.name photos.url "
    "photos.mediaType urgency found.type found.category found.text found.urgency caseId "
    "person.code person.idNumber"
)
NEED_FIELDS = names("type category text urgency")
PERSON_CODE = re.compile(r"[0-9a-f]{64}")
"""The keyed hash by which the hub's lists name a person of the register."""


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode one line after the other."""
    tally = Tally(context.limits)
    for index, line in enumerate(payload(raw, context.limits).split(b"\n"), start=1):
        if not line.strip():
            continue
        position = f"line {index}"
        with tally.part(position, line):
            fields = as_object(parse(decode_text(line), position), position)
            fact = _fact(fields, position, raw.received_at)
            tally.add(fact)
            if fields.get("found"):
                tally.add(_need_of(fields, fact, position))
    return tally.decoded()


def _fact(line: Json, position: str, now: datetime) -> Fact:
    kind = KINDS.get(require(line, "type", position))
    if kind is None:
        detail = f"{optional(line, 'type')!r} is none of {', '.join(KINDS)}"
        raise FaultError(Reason.BAD_VALUE, detail, f"{position}/type")
    unread, worker = Unread(), require(line, "workerId", position)
    return Fact(
        native_id=identifier(line, "id", position),
        kind=kind,
        occurred_at=parse_moment(line.get("at"), position=f"{position}/at", now=now),
        contact=_contact(line, worker),
        place=read_place(
            line,
            PlaceFields("lon", "lat", "datum"),
            Datum.WGS84,
            unread,
            grid_code=optional(line, "gridCode"),
        ),
        category=_category(line, kind),
        native_category=optional(line, "category"),
        content=require(line, "text", position)
        if kind in SAY_SOMETHING
        else optional(line, "text"),
        urgency=unread.read("urgency", optional(line, "urgency"), urgency_of, Urgency.ORDINARY),
        attachments=attachments_of(line, "photos", links=False),
        worker=worker,
        household=optional(inner(line, "household"), "code"),
        **_person(line, kind, position),
        attends=_attends(line, kind, position),
        native={**rest(line, KNOWN, unread), **_worker(line, worker)},
    )


def _worker(line: Json, worker: str) -> dict[str, str]:
    """Return the worker for `native`; the name too, where the contact is a household."""
    name = optional(line, "workerName") if inner(line, "household") else ""
    return {"workerId": worker} | ({"workerName": name} if name else {})


def _need_of(line: Json, during: Fact, position: str) -> Fact:
    """Return the need that a check or a visit has found: a report or a wish of its own."""
    where = f"{position}/found"
    if during.kind in SAY_SOMETHING:
        raise FaultError(Reason.BAD_VALUE, f"a {during.kind} says itself what it found", where)
    need, unread = as_object(line["found"], where), Unread()
    kind = KINDS.get(require(need, "type", where))
    if kind not in SAY_SOMETHING:
        detail = f"{optional(need, 'type')!r} is neither report nor wish"
        raise FaultError(Reason.BAD_VALUE, detail, f"{where}/type")
    return during.model_copy(
        update={
            "native_id": f"{during.native_id}/found",
            "kind": kind,
            "category": _category(need, kind),
            "native_category": optional(need, "category"),
            "content": require(need, "text", where),
            "urgency": unread.read(
                "urgency", optional(need, "urgency"), urgency_of, Urgency.ORDINARY
            ),
            "attends": None,
            "person": "",
            "person_id_number": "",
            "native": {
                **rest(need, NEED_FIELDS, unread),
                "during": during.native_id,
                "workerId": during.worker,
            },
        }
    )


def _person(line: Json, kind: Kind, position: str) -> dict[str, str]:
    """Return the person of the register who was visited, by his code or his ID number.

    A wrong one is a fault: `native` must not keep the ID number of a person.
    """
    person, where = inner(line, "person"), f"{position}/person"
    code, number = optional(person, "code").lower(), optional(person, "idNumber").upper()
    if not (code or number):
        return {}
    if kind is not Kind.VISIT:
        raise FaultError(Reason.BAD_VALUE, f"a {kind} names no person: send a visit", where)
    if code and not PERSON_CODE.fullmatch(code):
        raise FaultError(Reason.BAD_VALUE, "a person's code has 64 hexadecimal digits", where)
    number = of_today(number)
    if number and not is_id_number(number):
        detail = "the number is no citizen's ID number of GB 11643: a digit is wrong"
        raise FaultError(Reason.BAD_VALUE, detail, where)
    return {"person": code, "person_id_number": number}


def _attends(line: Json, kind: Kind, position: str) -> UUID | None:
    """Return the case on whose spot the worker is; only a check or a visit attends one."""
    text, where = optional(line, "caseId"), f"{position}/caseId"
    if not text:
        return None
    if kind in SAY_SOMETHING:
        raise FaultError(Reason.BAD_VALUE, f"a {kind} attends no case: send a check", where)
    try:
        return UUID(text)
    except ValueError as error:
        raise FaultError(Reason.BAD_VALUE, f"{text!r} is no case id", where) from error


def _category(fields: Json, kind: Kind) -> str:
    code = category_named(optional(fields, "category"))
    return code or ("welfare.wish" if kind is Kind.WISH else "")


def _contact(line: Json, worker: str) -> Contact:
    """Return the household that was visited or that wishes; else the worker who reports."""
    if home := inner(line, "household"):
        return Contact(
            name=optional(home, "name"),
            phone=optional(home, "phone"),
            address=optional(home, "address"),
        )
    return Contact(name=optional(line, "workerName"), account=worker)


def encode(replies: Sequence[Reply]) -> Outgoing:
    """Return one line for the grid worker's app: how what he reported stands."""
    feedback = only_reply(replies).feedback
    line = {
        "id": feedback.native_id,
        "feedbackId": str(feedback.feedback_id),
        "status": status(feedback),
        "unit": feedback.unit_name,
        "text": feedback.text,
        "at": feedback.at.isoformat(),
    }
    return Outgoing(as_json(line) + b"\n", "application/x-ndjson")


CONNECTOR = Connector(Channel.GRID_PATROL, (Transport.HTTP,), decode, ReplyForm(Way.HTTP, encode))
