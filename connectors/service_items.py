"""政务服务办件: stages of service items, pushed or polled as JSON, or dropped as tables.

docs/channels/service_items.md. A record may name one stage with its time, as a window system pushes
it, or have a time for each stage, as the row of an export has. Each stage is a fact of its own.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import NamedTuple

from connectors.contract import (
    Connector,
    DecodeContext,
    FaultError,
    Limits,
    Outgoing,
    Reply,
    ReplyForm,
    RowMapping,
    Way,
)
from connectors.formats.inflate import charset_of, payload
from connectors.formats.json_body import (
    Json,
    as_list,
    as_object,
    identifier,
    is_json,
    load_body,
    names,
    optional,
    require,
    rest,
)
from connectors.formats.reply import as_json, only_reply
from connectors.formats.sheets.sheet import Flaw
from connectors.formats.sheets.table import SERIALS, Record, decode_tables
from connectors.formats.sheets.workbook import read_sheets
from connectors.formats.tally import Tally
from connectors.values.blank import is_blank
from connectors.values.coordinates import PlaceFields, read_place
from connectors.values.moment import parse_moment
from connectors.values.service_words import NAMES, stage_named, working_days
from connectors.values.spellings import around, list_of, opened, respelled
from connectors.values.text import half_width
from connectors.values.unread import Unread
from schemas.channel import Channel
from schemas.reports.fact import Contact, Datum, Decoded, Fact, Kind, PlaceHint
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason
from schemas.reports.service import MOST_DAYS, STAGE_NAMES, Service, ServiceStage
from schemas.wording import status

KNOWN = names(
    "itemNo taskCode taskName theme step applyTime acceptTime correctionTime correctedTime"
    " finishTime deliverTime promiseDays promiseTime applicant phone idNumber agent agentPhone"
    " agentIdNumber department departmentCode areaCode gridCode address lng lat note"
)
"""`native` keeps the sender's own words of stage and state."""
DATED = {
    "applyTime": ServiceStage.APPLIED,
    "acceptTime": ServiceStage.ACCEPTED,
    "correctionTime": ServiceStage.CORRECTION,
    "correctedTime": ServiceStage.CORRECTED,
    "finishTime": ServiceStage.DECIDED,
    "deliverTime": ServiceStage.DELIVERED,
}
"""Field with the time of a stage → the stage."""
FIRST = frozenset(
    {
        ServiceStage.CORRECTION,
        ServiceStage.CORRECTED,
        ServiceStage.SPECIAL,
        ServiceStage.RESUMED,
        ServiceStage.REOPENED,
        ServiceStage.WITHDRAWN,
        ServiceStage.REFUSED,
    }
)
"""States that say more than the stage beside them: 环节 审查, 状态 补正."""
PEOPLE = frozenset({"", "个人", "自然人", "自然人办件", "1", "person"})
"""Types of applicant who is a person; every other one is an organisation."""
NUMBERS = ("办件编号", "申办流水号")
"""Columns by one of which, beside 事项名称, the header of a table is known."""
COLUMNS = frozenset(other for others in NAMES.values() for other in others if not other.isascii())
LONGEST_NAME = 200
"""Characters of a name or code. The longest names of items on public lists have about 120."""
TIMES = frozenset(
    column for name in (*DATED, "at", "promiseTime") for column in (name, *NAMES[name])
)


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode `{"items": […]}`, an array or one record; a body that is no JSON is a table."""
    body = payload(raw, context.limits)
    if is_json(body):
        return _decode_json(raw, context.limits)
    return decode_table(raw, body, context)


def _decode_json(raw: RawMessage, limits: Limits) -> Decoded:
    body = load_body(raw, limits)
    is_list, root, beside = isinstance(body, list), "", Json()
    if not is_list:
        body = opened(as_object(body, ""), "items", "itemNo")
        if root := list_of(body, "items", "itemNo"):
            beside = around(body, root, "next")
    records = as_list(body[root], f"/{root}") if root else as_list(body, "")
    tally, start = Tally(limits), f"/{root}" if root else ""
    for index, record in enumerate(records):
        position = f"{start}/{index}" if root or is_list else ""
        with tally.part(position):
            for fact in _facts(as_object(record, position), position, raw.received_at, beside):
                tally.add(fact)
    return tally.decoded()


def decode_table(
    raw: RawMessage, body: bytes, context: DecodeContext, mapping: RowMapping | None = None
) -> Decoded:
    """Decode each row of a table; positions are its rows and columns."""
    charset, limits, now = charset_of(raw.content_type), context.limits, raw.received_at
    named = mapping.columns if mapping else {}
    known = COLUMNS | set(named.values())
    read = _TableReader(mapping, TIMES | {named[name] for name in TIMES & named.keys()})
    first: FaultError | None = None
    for needed in _headers(named):
        sheets = read_sheets(body, limits, declared=charset, needed=needed)
        tally = Tally(limits)
        try:
            decode_tables(sheets, needed, known, tally, partial(read.facts, needed, now))
        except FaultError as error:
            if error.fault.reason is not Reason.MISSING_FIELD:
                raise
            first = first or error
            continue
        return tally.decoded()
    raise first or FaultError(Reason.NO_CONTENT, "nothing in it")


def _headers(named: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the columns by which a header is known, with the names of a mapping."""
    name = named.get("taskName", "事项名称")
    return tuple(dict.fromkeys((named.get("itemNo", number), name) for number in NUMBERS))


class _TableReader(NamedTuple):
    """Reads the rows of one table; `times` are the columns of times."""

    mapping: RowMapping | None
    times: frozenset[str]

    def facts(self, needed: Sequence[str], now: datetime, record: Record) -> list[Fact]:
        for name in needed:
            record.require(name)
        record.identifier(needed[0])
        sent = {name: text for name in record.cells if (text := self._cell(record, name))}
        if self.mapping is not None:
            sent = self.mapping.row(sent, record.position)
        return list(_facts(sent, record.position, now, {}))

    def _cell(self, record: Record, name: str) -> str:
        """Return a cell as text; the time of a date cell as the number of its day."""
        cell = record.cells[name]
        if cell.flaw is Flaw.ERROR:
            return ""
        if name in self.times and cell.serial is not None and int(cell.serial) in SERIALS:
            return str(cell.serial)
        return record.text(name)


def _facts(sent: Json, position: str, now: datetime, beside: Json) -> Iterator[Fact]:
    """Yield a fact for each stage of a record; raises `FaultError`."""
    record, unread = respelled(sent, NAMES), Unread()
    number = identifier(record, "itemNo", position)
    require(record, "taskName", position)
    times, named = _times(record, unread, position, now)
    common, place = _common(record, unread, now), _place(record, unread)
    step = half_width(_name(record, "step", unread))
    # A time that belongs to no stage stays with the record.
    has_column = named is None or any(
        stage is named and not is_blank(record.get(name)) for name, stage in DATED.items()
    )
    known = KNOWN if has_column else KNOWN | {"at"}
    native = {**rest(record, known, unread), **beside}
    latest = max(times, key=lambda stage: (times[stage], list(ServiceStage).index(stage)))
    for stage, at in times.items():
        is_named = stage is (named or latest)
        service = common.model_copy(update={"stage": stage, "step": step if is_named else ""})
        note = optional(record, "note") if is_named else ""
        yield Fact(
            native_id=number,
            revision=_revision(service, at, note, optional(record, "revision")),
            kind=Kind.SERVICE_STAGE,
            occurred_at=at,
            contact=_contact(record),
            others=_others(record),
            place=place,
            title=service.item_name,
            content=note,
            object_name=_organisation(record),
            service=service,
            native=native,
        )


def _times(
    record: Json, unread: Unread, position: str, now: datetime
) -> tuple[dict[ServiceStage, datetime], ServiceStage | None]:
    """Return the stages with their times, and the one that the record names.

    An unreadable time is noted if there is another one. Raises `FaultError` if there is none.
    """
    times, faults = dict[ServiceStage, datetime](), list[FaultError]()

    def read(name: str, stage: ServiceStage) -> None:
        if is_blank(record.get(name)):
            return
        try:
            times[stage] = parse_moment(record[name], position=f"{position}/{name}", now=now)
        except FaultError as error:
            faults.append(error)
            unread.note(name, record[name], error.fault.detail)

    for name, stage in DATED.items():
        read(name, stage)
    named = _named_stage(record, unread)
    if named is not None and named not in times:
        read("at", named)
    if not times:
        raise faults[0] if faults else _no_time(record, named, position)
    if named is not None and named not in times:
        name = "state" if optional(record, "state") else "stage"
        unread.note(name, record[name], f"at is needed: the time of {STAGE_NAMES[named]}")
        named = None
    return times, named


def _no_time(record: Json, named: ServiceStage | None, position: str) -> FaultError:
    """Return what is wrong with a record without any time of a stage."""
    word = optional(record, "stage") or optional(record, "state")
    if named is not None:
        detail = f"at is needed: the time of {STAGE_NAMES[named]}"
        return FaultError(Reason.MISSING_FIELD, detail, f"{position}/at")
    if word:
        detail = f"{word[:40]!r} names no stage, and no time of one is given"
        return FaultError(Reason.BAD_VALUE, detail, f"{position}/stage")
    detail = "neither a stage nor the time of one is given"
    return FaultError(Reason.MISSING_FIELD, detail, f"{position}/stage")


def _named_stage(record: Json, unread: Unread) -> ServiceStage | None:
    """Return the stage that a record names; a state that stops or ends the item counts first."""
    known = {
        name: unread.read(name, optional(record, name), lambda word, _: stage_named(word), None)
        for name in ("stage", "state")
    }
    if known["state"] in FIRST:
        return known["state"]
    return known["stage"] or known["state"]


def _common(record: Json, unread: Unread, now: datetime) -> Service:
    """Return what all stages of a record share."""
    ahead = now + timedelta(days=2 * MOST_DAYS)
    promised_at = None
    if not is_blank(record.get("promiseTime")):
        promised_at = unread.read(
            "promiseTime",
            record["promiseTime"],
            lambda value, name: parse_moment(value, position=name, now=ahead),
            None,
        )
    return Service(
        item_code=half_width(_name(record, "taskCode", unread)),
        item_name=_name(record, "taskName", unread),
        theme=_name(record, "theme", unread),
        stage=ServiceStage.APPLIED,
        promised_days=unread.read("promiseDays", optional(record, "promiseDays"), _days, None),
        promised_at=promised_at,
        department=_name(record, "department", unread),
        unit=half_width(_name(record, "departmentCode", unread)),
    )


def _name(record: Json, name: str, unread: Unread) -> str:
    """Return a name, cut to what a page and an address can have; the whole is noted as unread."""
    text = optional(record, name)
    if len(text) > LONGEST_NAME:
        unread.note(name, text, f"it has more than {LONGEST_NAME} characters; the first count")
    return text[:LONGEST_NAME]


def _days(text: str, _: str) -> int | None:
    return working_days(text)


def _place(record: Json, unread: Unread) -> PlaceHint:
    return read_place(
        record,
        PlaceFields("lng", "lat", division="areaCode"),
        Datum.WGS84,
        unread,
        text=optional(record, "address"),
        grid_code=optional(record, "gridCode"),
    )


def _is_organisation(record: Json) -> bool:
    return optional(record, "applicantType") not in PEOPLE


def _organisation(record: Json) -> str:
    return optional(record, "applicant") if _is_organisation(record) else ""


def _contact(record: Json) -> Contact:
    """Return the applicant; of an organisation, the person who applies for it."""
    if _is_organisation(record):
        return Contact(
            name=optional(record, "agent"),
            phone=optional(record, "agentPhone") or optional(record, "phone"),
            id_number=optional(record, "agentIdNumber"),
            account=optional(record, "idNumber"),
            address=optional(record, "address"),
        )
    return Contact(
        name=optional(record, "applicant"),
        phone=optional(record, "phone"),
        id_number=optional(record, "idNumber"),
        address=optional(record, "address"),
    )


def _others(record: Json) -> tuple[Contact, ...]:
    """Return the person who applies for somebody else; of an organisation, its own telephone."""
    if _is_organisation(record):
        phone = optional(record, "phone") if optional(record, "agentPhone") else ""
        return (Contact(phone=phone),) if phone else ()
    agent = Contact(
        name=optional(record, "agent"),
        phone=optional(record, "agentPhone"),
        id_number=optional(record, "agentIdNumber"),
    )
    return () if agent == Contact() else (agent,)


def _revision(service: Service, at: datetime, note: str, sent: str) -> str:
    """Return the revision of a stage: what is sent again with other content is another fact."""
    promised = service.promised_at
    content = [
        service.model_dump(mode="json", exclude={"promised_at"}),
        promised.astimezone(UTC).isoformat() if promised else "",
        at.astimezone(UTC).isoformat(),
        note,
        sent,
    ]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return f"{service.stage}-{sha256(text.encode()).hexdigest()[:16]}"


def encode(replies: Sequence[Reply]) -> Outgoing:
    """Return the feedback about one item. No case is opened, so the hub sends none by itself."""
    feedback = only_reply(replies).feedback
    answer = {
        "itemNo": feedback.native_id,
        "feedbackId": str(feedback.feedback_id),
        "statusName": status(feedback),
        "department": feedback.unit_name,
        "content": feedback.text,
    }
    return Outgoing(as_json(answer))


CONNECTOR = Connector(
    Channel.SERVICE_ITEMS,
    (Transport.HTTP, Transport.FILE, Transport.POLL),
    decode,
    ReplyForm(Way.PULL, encode, frozenset()),
    decode_table,
)
