"""12369 生态环境举报: database rows, one a message, docs/channels/environment_12369.md."""

from collections.abc import Sequence
from hashlib import sha256

from connectors.contract import Connector, DecodeContext, Outgoing, Reply, ReplyForm, Way
from connectors.formats.json_body import (
    as_object,
    flag,
    load_body,
    names,
    optional,
    require,
    require_moment,
    rest,
)
from connectors.formats.reply import as_json, only_reply
from connectors.values.coordinates import PlaceFields, read_place
from connectors.values.unread import Unread
from schemas.category import category_named
from schemas.channel import Channel
from schemas.reports.fact import Contact, Datum, Decoded, Fact, Kind
from schemas.reports.raw import RawMessage, Transport
from schemas.wording import local, status

TYPES = {
    "大气": "environment.air",
    "水": "environment.water",
    "噪声": "environment.noise",
    "固废": "environment.garbage",
}
KNOWN = names(
    "complaint_no report_time updated_at reporter_name phone pollution_type content lng lat "
    "address area_code company deleted"
)


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode one row as the poller wrote it: column name → value."""
    row = as_object(load_body(raw, context.limits), "")
    unread = Unread()
    deleted = flag(row, "deleted", unread)
    pollution = optional(row, "pollution_type")
    fact = Fact(
        native_id=require(row, "complaint_no", ""),
        # A changed row is sent again; a hash of its content is its revision.
        revision="deleted" if deleted else sha256(raw.body).hexdigest()[:16],
        kind=Kind.WITHDRAWAL if deleted else Kind.REPORT,
        occurred_at=require_moment(
            row, "updated_at" if deleted else "report_time", "", raw.received_at
        ),
        contact=Contact(name=optional(row, "reporter_name"), phone=optional(row, "phone")),
        anonymous=not (optional(row, "reporter_name") or optional(row, "phone")),
        place=read_place(
            row,
            PlaceFields("lng", "lat", division="area_code"),
            Datum.BD09,
            unread,
            text=optional(row, "address"),
        ),
        category=TYPES.get(pollution) or category_named(pollution),
        native_category=pollution,
        content=optional(row, "content") if deleted else require(row, "content", ""),
        object_name=optional(row, "company"),
        native=rest(row, KNOWN, unread),
    )
    return Decoded(facts=(fact,))


def encode(replies: Sequence[Reply]) -> Outgoing:
    """Return the row of `complaint_replies` for one complaint, as JSON."""
    feedback = only_reply(replies).feedback
    row = {
        "reply_id": str(feedback.feedback_id),
        "complaint_no": feedback.native_id,
        "status": status(feedback),
        "unit": feedback.unit_name,
        "content": feedback.text,
        "answer": feedback.answer,
        "replied_at": local(feedback.at),
    }
    return Outgoing(as_json(row))


CONNECTOR = Connector(
    Channel.ENVIRONMENT_12369, (Transport.DATABASE,), decode, ReplyForm(Way.TABLE, encode)
)
