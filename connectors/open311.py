"""随手拍: Open311 GeoReport v2 [P], form-encoded service requests, docs/channels/open311.md."""

from collections.abc import Sequence
from urllib.parse import parse_qsl

from connectors.contract import (
    Connector,
    DecodeContext,
    FaultError,
    Outgoing,
    Reply,
    ReplyForm,
    Way,
)
from connectors.formats.inflate import header, payload
from connectors.formats.json_body import names, number, rest
from connectors.formats.reply import only_reply
from connectors.values.coordinates import place_hint
from connectors.values.text import decode_text, tidy
from schemas.category import CATEGORIES
from schemas.channel import Channel
from schemas.reports.fact import Attachment, Contact, Datum, Decoded, Fact, PlaceHint
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason

REQUEST_ID = "x-service-request-id"
"""Header under which the intake keeps the `service_request_id` that it answered with."""
MOST_FIELDS = 200
KNOWN = names(
    "api_key jurisdiction_id service_code lat long address_string address_id email device_id "
    "account_id first_name last_name phone description media_url"
)


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode one POST Service Request."""
    form = read_form(payload(raw, context.limits))
    number_ = header(raw, REQUEST_ID)
    if not number_:
        raise FaultError(Reason.MISSING_FIELD, "no service_request_id was given", REQUEST_ID)
    fact = Fact(
        native_id=number_,
        occurred_at=raw.received_at,
        contact=Contact(
            name=f"{form.get('last_name', '')}{form.get('first_name', '')}",
            phone=form.get("phone", ""),
            email=form.get("email", ""),
            account=form.get("account_id", "") or form.get("device_id", ""),
        ),
        anonymous=not any(form.get(key) for key in ("phone", "email", "account_id")),
        place=_place(form),
        category=form["service_code"],
        native_category=form["service_code"],
        content=form.get("description", ""),
        attachments=tuple(Attachment(url=url) for url in (form.get("media_url", ""),) if url),
        native=rest(form, KNOWN),
    )
    return Decoded(facts=(fact,))


def read_form(body: bytes) -> dict[str, str]:
    """Return the fields of a service request; raises `FaultError` where one is missing or unknown.

    The intake calls it before it answers, so that the sender gets the error at once.
    """
    try:
        pairs = parse_qsl(
            decode_text(body),
            keep_blank_values=True,
            max_num_fields=MOST_FIELDS,
            encoding="utf-8",
            errors="strict",
        )
    except ValueError as error:
        raise FaultError(Reason.BAD_SYNTAX, f"no form: {error}") from error
    form = {name: tidy(value) for name, value in pairs}
    code = form.get("service_code", "")
    if not code:
        raise FaultError(Reason.MISSING_FIELD, "service_code is needed", "/service_code")
    if code not in CATEGORIES:
        detail = f"{code!r} is no service code"
        raise FaultError(Reason.BAD_VALUE, detail, "/service_code")
    located = form.get("lat") and form.get("long")
    if not (located or form.get("address_string") or form.get("address_id")):
        detail = "lat and long, address_string or address_id is needed"
        raise FaultError(Reason.MISSING_FIELD, detail, "/lat")
    _place(form)
    return form


def _place(form: dict[str, str]) -> PlaceHint:
    """Return where a request is; raises `FaultError` where a coordinate is none."""
    return place_hint(
        number(form, "long", ""),
        number(form, "lat", ""),
        Datum.WGS84,
        "/lat",
        text=form.get("address_string", "") or form.get("address_id", ""),
    )


def encode(replies: Sequence[Reply]) -> Outgoing:
    """Return what `GET /requests` shows, in our own form: the standard has no push."""
    feedback = only_reply(replies).feedback
    return Outgoing(feedback.model_dump_json().encode())


CONNECTOR = Connector(Channel.OPEN311, (Transport.HTTP,), decode, ReplyForm(Way.PULL, encode))
