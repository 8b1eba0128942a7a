"""随手拍: Open311 GeoReport v2, service requests as form, multipart form or JSON."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.contract import (
    Connector,
    DecodeContext,
    FaultError,
    Limits,
    Outgoing,
    Reply,
    ReplyForm,
    Way,
)
from connectors.formats.form_body import read_form
from connectors.formats.inflate import GZIP_MAGIC, charset_of, header, inflate
from connectors.formats.json_body import Json, as_object, names, number, optional, parse
from connectors.formats.reply import only_reply
from connectors.values.coordinates import EAST, NORTH, SOUTH, WEST, place_hint
from connectors.values.text import decode_text
from schemas.category import CATEGORIES
from schemas.channel import Channel
from schemas.reports.fact import Attachment, Contact, Datum, Decoded, Fact, PlaceHint
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason

REQUEST_ID = "x-service-request-id"
"""Header under which the intake keeps the `service_request_id` that it answered with."""
MOST_FIELDS = 200
KNOWN = names(
    "api_key service_code lat long address_string email device_id account_id first_name last_name "
    "phone description"
)
MEDIA = re.compile(r"(media_url|media_urls)(\[\d*\])?$")
NEXT_URL = re.compile(r"[\s,;|]+(?=https?://)")
ATTRIBUTE = re.compile(r"(attribute\[[^\]]*\])\[\d*\]$")
"""GeoReport v2 writes `attribute[code][]` once for each value of a multivaluelist."""


@dataclass(frozen=True, slots=True)
class Request:
    """A service request as it was posted, in any of the forms that clients use."""

    form: Mapping[str, str]
    """The single values of the standard's parameters."""
    place: PlaceHint
    media: tuple[str, ...] = ()
    """All `media_url`."""
    files: tuple[Attachment, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    """Attributes, repetitions and fields that are not in the standard."""


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode one POST Service Request."""
    request = read_request(raw.body, raw.content_type, context.limits)
    number_ = header(raw, REQUEST_ID)
    if not number_:
        raise FaultError(Reason.MISSING_FIELD, "no service_request_id was given", REQUEST_ID)
    form = request.form
    account, device = form.get("account_id", ""), form.get("device_id", "")
    links = tuple(Attachment(url=url) for url in request.media)
    fact = Fact(
        native_id=number_,
        occurred_at=raw.received_at,
        contact=Contact(
            name=_name(form.get("last_name", ""), form.get("first_name", "")),
            phone=form.get("phone", ""),
            email=form.get("email", ""),
            account=account or device,
        ),
        # A device beside an account is sealed like it, and identifies the same person.
        others=(Contact(account=device),) if account and device else (),
        anonymous=not any(form.get(key) for key in ("phone", "email", "account_id")),
        place=request.place,
        category=form["service_code"],
        native_category=form["service_code"],
        content=form.get("description", ""),
        attachments=links + request.files,
        native=dict(request.more),
    )
    return Decoded(facts=(fact,))


def read_request(body: bytes, content_type: str, limits: Limits) -> Request:
    """Return a service request; raises `FaultError` where a field is missing or wrong.

    A form, a multipart form and a JSON object are read. The intake calls it before it answers, so
    that the sender gets the error at once.
    """
    body = inflate(body, limits) if body.startswith(GZIP_MAGIC) else body
    pairs, files = _posted(body, content_type)
    form, media, more = _sorted(pairs)
    code = form.get("service_code", "")
    if not code:
        raise FaultError(Reason.MISSING_FIELD, "service_code is needed", "/service_code")
    if code not in CATEGORIES:
        detail = f"{code!r} is no service code"
        raise FaultError(Reason.BAD_VALUE, detail, "/service_code")
    return Request(form, _place(form), media, files, more)


def _posted(body: bytes, content_type: str) -> tuple[list[tuple[str, Any]], tuple[Attachment, ...]]:
    """Return names and values, repeated ones too, and the uploaded files."""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in (b"{", b"["):
        value = parse(decode_text(body, declared=charset_of(content_type)))
        items = value if isinstance(value, list) else [value]
        if len(items) != 1:
            raise FaultError(Reason.BAD_SYNTAX, f"one service request a POST, not {len(items)}")
        return list(_flat(as_object(items[0], ""))), ()
    if start == b"<":
        detail = "XML; send a form (urlencoded or multipart) or a JSON object"
        raise FaultError(Reason.BAD_SYNTAX, detail)
    form = read_form(body, content_type, MOST_FIELDS)
    return list(form.fields), form.files


def _flat(fields: Json) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a JSON object under the names that a form has for them.

    `attribute` is an object of codes, or a list of objects with `code` and `value`.
    """
    for name, value in fields.items():
        if name in ("attribute", "attributes") and isinstance(value, dict):
            yield from ((f"attribute[{code}]", inner) for code, inner in value.items())
        elif name in ("attribute", "attributes") and _is_coded(value):
            yield from ((f"attribute[{item['code']}]", item["value"]) for item in value)
        elif MEDIA.match(name) and isinstance(value, list):
            yield from ((name, inner) for inner in value)
        else:
            yield name, value


def _is_coded(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, dict) and set(item) == {"code", "value"} for item in value
    )


def _sorted(
    pairs: Sequence[tuple[str, Any]],
) -> tuple[dict[str, str], tuple[str, ...], dict[str, Any]]:
    """Return single values, addresses of media, and all other fields."""
    form, media = dict[str, str](), list[str]()
    more, every = dict[str, Any](), dict[str, list[Any]]()
    for name, value in pairs:
        is_scalar = not isinstance(value, dict | list)
        if MEDIA.match(name) and is_scalar:
            media += [url for url in NEXT_URL.split(optional({name: value}, name)) if url]
        elif name in KNOWN and is_scalar:
            every.setdefault(name, []).append(optional({name: value}, name))
        elif several := ATTRIBUTE.match(name):
            held = more.setdefault(several[1], [])
            more[several[1]] = [*(held if isinstance(held, list) else [held]), value]
        elif name in more:
            held = more[name]
            more[name] = [*(held if isinstance(held, list) else [held]), value]
        else:
            more[name] = value
    for name, values in every.items():
        distinct = list(dict.fromkeys(filter(None, values)))
        form[name] = distinct[-1] if distinct else ""
        if len(distinct) > 1 and name != "api_key":
            more[name] = distinct
    form["address_id"] = optional(more, "address_id")
    links = tuple(dict.fromkeys(media))
    return form, links, {**more, **({"media_url": list(links)} if links else {})}


def _name(last: str, first: str) -> str:
    """Return the name in its usual order: 赵军, but John Smith."""
    together = f"{last}{first}"
    return " ".join(filter(None, (first, last))) if together.isascii() else together


def _place(form: Mapping[str, str]) -> PlaceHint:
    """Return the place of a request; raises `FaultError` if it is unclear.

    Half a pair, and a point outside China, are refused: the sender still knows better.
    """
    text = form.get("address_string", "") or form.get("address_id", "")
    lon, lat = number(form, "long", ""), number(form, "lat", "")
    if not text and (lon is None or lat is None):
        detail = "lat and long, address_string or address_id is needed"
        raise FaultError(Reason.MISSING_FIELD, detail, "/lat")
    hint = place_hint(lon, lat, Datum.WGS84, "/lat", text=text)
    if hint.lon is None or hint.lat is None:
        if not text:
            detail = "lat and long are 0, which is no place; an address is needed"
            raise FaultError(Reason.BAD_VALUE, detail, "/lat")
    elif not (WEST <= hint.lon <= EAST and SOUTH <= hint.lat <= NORTH):
        detail = f"lat {hint.lat:g}, long {hint.lon:g} is not in China"
        raise FaultError(Reason.BAD_VALUE, detail, "/lat")
    return hint


def encode(replies: Sequence[Reply]) -> Outgoing:
    """Return what `GET /requests` shows, in our own form: the standard has no push."""
    feedback = only_reply(replies).feedback
    return Outgoing(feedback.model_dump_json().encode())


CONNECTOR = Connector(Channel.OPEN311, (Transport.HTTP,), decode, ReplyForm(Way.PULL, encode))
