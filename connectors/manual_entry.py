"""人工录入: what a member of staff writes down at the telephone or the window, as JSON.

The hub's own page sends it, docs/channels/manual_entry.md.
"""

import re
from collections.abc import Sequence

from connectors.contract import (
    Connector,
    DecodeContext,
    FaultError,
    Outgoing,
    Reply,
    ReplyForm,
    Way,
)
from connectors.formats.json_body import (
    Json,
    as_object,
    flag,
    identifier,
    load_body,
    names,
    optional,
    require,
    require_moment,
    rest,
)
from connectors.formats.reply import only_reply
from connectors.values.coordinates import PlaceFields, read_place
from connectors.values.unread import Unread
from connectors.values.urgency import urgency_of
from schemas.category import category_named
from schemas.channel import Channel
from schemas.numbered import CODE
from schemas.reports.fact import Contact, Datum, Decoded, Fact, Kind, Urgency
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason

WAYS = {"phone": "来电", "window": "来访", "letter": "来信", "other": "其他"}
"""How the citizen came → its Chinese name, which `native` keeps."""
MOST_PEOPLE = 100_000
BOARD_WAY = "board"
"""Way of a citizen who writes on a public page: no member of staff enters it."""
KNOWN = names(
    "id parentId enteredBy way at name phone idNumber address anonymous confidential people title"
    " text category urgency place lon lat divisionCode gridCode object objectIsPerson project"
    " deliberation"
)


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode one entry."""
    entry, unread = as_object(load_body(raw, context.limits), ""), Unread()
    parent = optional(entry, "parentId")
    fact = Fact(
        native_id=identifier(entry, "id", ""),
        parent_id=parent,
        kind=Kind.FOLLOW_UP if parent else Kind.REPORT,
        occurred_at=require_moment(entry, "at", "", raw.received_at),
        contact=_contact(entry),
        anonymous=flag(entry, "anonymous", unread),
        # An unclear word may mean yes, and text that was shown cannot be taken back.
        confidential=flag(entry, "confidential", unread, unclear=True),
        signatories=unread.read("people", optional(entry, "people"), _people, 1),
        place=read_place(
            entry,
            PlaceFields("lon", "lat", division="divisionCode"),
            Datum.WGS84,
            unread,
            text=optional(entry, "place"),
            grid_code=optional(entry, "gridCode"),
        ),
        category=category_named(optional(entry, "category")),
        native_category=optional(entry, "category"),
        title=optional(entry, "title"),
        content=require(entry, "text", ""),
        urgency=unread.read("urgency", optional(entry, "urgency"), urgency_of, Urgency.ORDINARY),
        object_name=optional(entry, "object"),
        object_is_person=flag(entry, "objectIsPerson", unread),
        project=unread.read("project", optional(entry, "project"), _code, ""),
        deliberation=unread.read("deliberation", optional(entry, "deliberation"), _code, ""),
        native=_entered(entry) | rest(entry, KNOWN, unread),
    )
    return Decoded(facts=(fact,))


def _contact(entry: Json) -> Contact:
    return Contact(
        name=optional(entry, "name"),
        phone=optional(entry, "phone"),
        id_number=optional(entry, "idNumber"),
        address=optional(entry, "address"),
    )


def _entered(entry: Json) -> dict[str, str]:
    """Return who entered it, and how the citizen came."""
    if optional(entry, "way") == BOARD_WAY:
        return {"way": "扫码"}
    return {"enteredBy": require(entry, "enteredBy", ""), "way": _way(entry)}


def _code(text: str, position: str) -> str:
    if text and not re.fullmatch(CODE, text):
        detail = f"{text!r} is no code of a project or deliberation"
        raise FaultError(Reason.BAD_VALUE, detail, position)
    return text


def _way(entry: Json) -> str:
    way = require(entry, "way", "")
    if way not in WAYS:
        raise FaultError(Reason.BAD_VALUE, f"{way!r} is none of {', '.join(WAYS)}", "/way")
    return WAYS[way]


def _people(text: str, position: str) -> int:
    if not text:
        return 1
    if not (text.isdecimal() and 1 <= int(text) <= MOST_PEOPLE):
        raise FaultError(Reason.BAD_VALUE, f"{text!r} is no number of people", position)
    return int(text)


def encode(replies: Sequence[Reply]) -> Outgoing:
    """Return the feedback in our own form: staff and citizen see it when they ask."""
    feedback = only_reply(replies).feedback
    return Outgoing(feedback.model_dump_json().encode())


CONNECTOR = Connector(Channel.MANUAL_ENTRY, (Transport.HTTP,), decode, ReplyForm(Way.PULL, encode))
