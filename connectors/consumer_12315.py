"""12315 消费者投诉举报: signed XML push in GB18030, docs/channels/consumer_12315.md."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element, SubElement, tostring

from connectors.contract import (
    Connector,
    DecodeContext,
    FaultError,
    Outgoing,
    Reply,
    ReplyForm,
    Way,
)
from connectors.formats.inflate import charset_of, payload
from connectors.formats.json_body import names
from connectors.formats.reply import only_reply
from connectors.formats.tally import Tally
from connectors.formats.xml_body import (
    Item,
    identifier,
    optional,
    parse_package,
    printable,
    require,
    rest,
)
from connectors.values.coordinates import PlaceFields, read_place
from connectors.values.moment import parse_moment
from connectors.values.text import half_width
from connectors.values.unread import Unread
from schemas.category import category_named
from schemas.channel import Channel
from schemas.reports.fact import Contact, Datum, Decoded, Fact, Kind, Urgency
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason
from schemas.wording import local, status

COMPLAINT, REPORT, ENQUIRY = "1", "2", "3"
KINDS = {
    COMPLAINT: Kind.REPORT,
    REPORT: Kind.REPORT,
    ENQUIRY: Kind.REPORT,
    "4": Kind.FOLLOW_UP,
    "5": Kind.WITHDRAWAL,
}
TYPE_NAMES = {COMPLAINT: "投诉", REPORT: "举报", ENQUIRY: "咨询", "4": "催办", "5": "撤回"}
TYPE_CODES = {name: code for code, name in TYPE_NAMES.items()}
TEN_THOUSAND = "万"
AROUND_AMOUNT = " ￥¥元圆整人民币RMBCNY:："
"""Signs and words of the currency, before or behind a number."""
MAIN_CLASSES = {"01": "market.food", "02": "market.price", "03": "market.consumer"}
SUBCLASSES = {"0305": "housing.property", "0207": "transport.taxi"}
KNOWN = names(
    "RegNo Version Type RegTime Complainant/Name Complainant/Tel Complainant/IdCard "
    "Enterprise/Name Enterprise/CreditCode Enterprise/Address Amount Category/L1@code "
    "Category/L1@name Category/L1/L2@code Category/L1/L2@name Title Content AreaCode Lng Lat"
)


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode `<Package>` with its `<Case>` elements."""
    body, declared = payload(raw, context.limits), charset_of(raw.content_type)
    root, cases = parse_package(body, "Package", "Case", declared=declared)
    if root.tag == "Case":
        root, cases = Element("Package"), [Item(root, tostring(root, encoding="utf-8"))]
    if root.tag != "Package":
        raise FaultError(Reason.BAD_SYNTAX, f"<Package> is expected, not <{root.tag[:40]}>")
    tally = Tally(context.limits)
    for index, item in enumerate(cases, start=1):
        position = f"/Package/Case[{index}]"
        with tally.part(position, item.part):
            case = item.read()
            if case.tag != "Case":
                raise FaultError(Reason.BAD_SYNTAX, f"<Case> is expected, not <{case.tag[:40]}>")
            tally.add(_fact(case, position, raw.received_at))
    return tally.decoded()


def _fact(case: Element, position: str, now: datetime) -> Fact:
    kind_code = require(case, "Type", position)
    kind_code = TYPE_CODES.get(kind_code, kind_code)
    if kind_code not in KINDS:
        detail = f"{kind_code!r} is no type; known: {', '.join(TYPE_NAMES)}"
        raise FaultError(Reason.BAD_VALUE, detail, f"{position}/Type")
    numbers, unread = {key: optional(case, key) for key in ("Lng", "Lat", "AreaCode")}, Unread()
    code, names_of_class = _category(case)
    return Fact(
        native_id=identifier(case, "RegNo", position),
        revision=optional(case, "Version") or "0",
        kind=KINDS[kind_code],
        occurred_at=parse_moment(
            require(case, "RegTime", position), position=f"{position}/RegTime", now=now
        ),
        contact=Contact(
            name=optional(case, "Complainant/Name"),
            phone=optional(case, "Complainant/Tel"),
            id_number=optional(case, "Complainant/IdCard"),
        ),
        # A report of an offence 举报 may be anonymous; a complaint 投诉 needs an address.
        anonymous=kind_code == REPORT and not optional(case, "Complainant/Tel"),
        place=read_place(
            numbers,
            PlaceFields("Lng", "Lat", division="AreaCode"),
            Datum.GCJ02,
            unread,
            text=optional(case, "Enterprise/Address"),
        ),
        category=code,
        native_category=" ".join(filter(None, names_of_class)),
        title=optional(case, "Title"),
        content=_content(case, kind_code, position),
        urgency=Urgency.ENQUIRY if kind_code == ENQUIRY else Urgency.ORDINARY,
        object_name=optional(case, "Enterprise/Name"),
        native={
            **rest(case, KNOWN),
            **unread.native,
            "type": TYPE_NAMES[kind_code],
            "credit_code": optional(case, "Enterprise/CreditCode"),
            "amount_yuan": _amount(case, position),
        },
    )


def _content(case: Element, kind_code: str, position: str) -> str:
    if KINDS[kind_code] is Kind.REPORT:
        return require(case, "Content", position)
    return optional(case, "Content")


def _category(case: Element) -> tuple[str, tuple[str, ...]]:
    """Return our leaf and the native names of the nested codes, main class first."""
    main, sub = case.find("Category/L1"), case.find("Category/L1/L2")
    if main is None:
        return "", ()
    main_code = main.get("code", "")
    sub_code = sub.get("code", "") if sub is not None else ""
    names = (main.get("name", ""), sub.get("name", "") if sub is not None else "")
    code = SUBCLASSES.get(main_code + sub_code) or MAIN_CLASSES.get(main_code, "")
    return category_named(names[1]) or code, (main_code + sub_code, *names)


def _amount(case: Element, position: str) -> str:
    """Return the amount in dispute in yuan, to the cent; empty if the message has none."""
    amount_text = half_width(optional(case, "Amount")).replace(",", "").strip(AROUND_AMOUNT)
    if not amount_text:
        return ""
    factor = 10_000 if amount_text.endswith(TEN_THOUSAND) else 1
    try:
        amount = Decimal(amount_text.removesuffix(TEN_THOUSAND).strip()) * factor
    except InvalidOperation as error:
        detail = f"{amount_text[:40]!r} is no amount"
        raise FaultError(Reason.BAD_VALUE, detail, f"{position}/Amount") from error
    if not amount.is_finite() or abs(amount) >= Decimal(10) ** 13:
        raise FaultError(
            Reason.BAD_VALUE, f"{amount_text[:40]!r} is no amount", f"{position}/Amount"
        )
    return f"{amount:.2f}"


def encode(replies: Sequence[Reply]) -> Outgoing:
    """Return `<Replies>` for one case, in GB18030 as the channel writes itself."""
    reply = only_reply(replies)
    feedback = reply.feedback
    root = Element("Replies")
    part = SubElement(root, "Reply", id=str(feedback.feedback_id))
    values = {
        "RegNo": feedback.native_id,
        "StatusName": status(feedback),
        "Unit": feedback.unit_name,
        "Text": feedback.text,
        "Answer": feedback.answer,
        "Time": local(feedback.at),
        "QueryUrl": reply.link,
    }
    for name, value in values.items():
        SubElement(part, name).text = printable(value)
    body = tostring(root, encoding="GB18030", xml_declaration=True)
    return Outgoing(body, "application/xml; charset=GB18030")


CONNECTOR = Connector(
    Channel.CONSUMER_12315, (Transport.HTTP,), decode, ReplyForm(Way.HTTP, encode)
)
