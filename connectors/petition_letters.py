"""网上信访: ZIP drops of XML and attachments [O], docs/channels/petition_letters.md.

Forms (来信, 来访, 网信) and time limits follow 信访工作条例 (2022), articles 17–35.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
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
from connectors.formats.archive import check_name, entry_name, open_zip, read_entry
from connectors.formats.json_body import YES, names
from connectors.formats.tally import Tally
from connectors.formats.xml_body import optional, parse_xml, printable, require, rest
from connectors.values.division import division_code
from connectors.values.moment import parse_moment
from connectors.values.unread import Unread
from connectors.values.urgency import urgency_of
from schemas.cases.case import Move
from schemas.category import category_named
from schemas.channel import Channel
from schemas.reports.fact import Attachment, Contact, Decoded, Fact, Kind, PlaceHint, Urgency
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason
from schemas.wording import local, status

FORMS = ("来信", "来访", "网信")
PERSON, UNIT = "个人", "单位"
KNOWN = names(
    "PetitionNo Version Form RegisterTime Petitioners PeopleCount Subject Content AreaCode Address "
    "Category Urgency AccusedType Accused OriginalNo Secret Withdrawn Attachments"
)


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode every XML of the archive; files that they refer to are attached by name and hash."""
    tally = Tally(context.limits)
    letters: dict[str, bytes] = {}
    files: dict[str, Attachment] = {}
    with open_zip(raw.body, context.limits) as archive:
        for entry in archive.infolist():
            name = entry_name(entry)
            if name.endswith("/"):
                continue
            with tally.part(f"entry {name}"):
                check_name(name)
                content = read_entry(archive, entry)
                if name.lower().endswith(".xml"):
                    letters[name] = content
                else:
                    digest = sha256(content).hexdigest()
                    files[name] = Attachment(name=name, size=len(content), sha256=digest)
    attached: set[str] = set()
    for name, content in letters.items():
        with tally.part(f"entry {name}", content):
            root = parse_xml(content)
            for position, petition in _petitions(root, f"entry {name}"):
                with tally.part(position, tostring(petition, encoding="utf-8")):
                    fact = _fact(petition, position, raw.received_at, files)
                    attached.update(item.name for item in fact.attachments)
                    tally.add(fact)
    for _ in files.keys() - attached:
        tally.skip("file that no petition names")
    return tally.decoded()


def _petitions(root: Element, position: str) -> list[tuple[str, Element]]:
    if root.tag == "Petition":
        return [(position, root)]
    if root.tag != "Petitions":
        raise FaultError(Reason.BAD_SYNTAX, f"<Petition> is expected, not <{root.tag[:40]}>")
    return [(f"{position}/Petition[{index}]", node) for index, node in enumerate(root, start=1)]


def _fact(node: Element, position: str, now: datetime, files: dict[str, Attachment]) -> Fact:
    form = require(node, "Form", position)
    if form not in FORMS:
        raise FaultError(Reason.BAD_VALUE, f"{form!r} is none of {FORMS}", f"{position}/Form")
    accused_type = optional(node, "AccusedType")
    if accused_type not in ("", PERSON, UNIT):
        detail = f"{accused_type!r} is neither {PERSON} nor {UNIT}"
        raise FaultError(Reason.BAD_VALUE, detail, f"{position}/AccusedType")
    people = [_contact(person) for person in node.iterfind("Petitioners/Petitioner")]
    withdrawn, unread = optional(node, "Withdrawn") in YES, Unread()
    return Fact(
        native_id=require(node, "PetitionNo", position),
        revision=optional(node, "Version") or "0",
        # A repeat 重信重访 names the first petition, which may be older than this hub.
        parent_id=optional(node, "OriginalNo"),
        kind=Kind.WITHDRAWAL if withdrawn else Kind.REPORT,
        occurred_at=parse_moment(
            require(node, "RegisterTime", position), position=f"{position}/RegisterTime", now=now
        ),
        contact=people[0] if people else Contact(),
        others=tuple(people[1:]),
        confidential=optional(node, "Secret") in YES,
        signatories=_count(node, position, len(people)),
        place=PlaceHint(
            text=optional(node, "Address"),
            division_code=division_code(optional(node, "AreaCode")),
        ),
        category=category_named(optional(node, "Category")),
        native_category=optional(node, "Category"),
        title=optional(node, "Subject"),
        content=require(node, "Content", position),
        urgency=unread.read("Urgency", optional(node, "Urgency"), urgency_of, Urgency.ORDINARY),
        object_name=optional(node, "Accused"),
        object_is_person=accused_type == PERSON,
        attachments=_attachments(node, files, position),
        native={**rest(node, KNOWN), **unread.native, "form": form},
    )


def _contact(person: Element) -> Contact:
    return Contact(
        name=optional(person, "Name"),
        phone=optional(person, "Phone"),
        id_number=optional(person, "IdCard"),
        address=optional(person, "Address"),
    )


def _count(node: Element, position: str, listed: int) -> int:
    """Return the number of signatories: the stated count, or the names if more."""
    count_text = optional(node, "PeopleCount")
    if count_text and not (count_text.isascii() and count_text.isdigit() and int(count_text) > 0):
        detail = f"{count_text[:20]!r} is no number of people"
        raise FaultError(Reason.BAD_VALUE, detail, f"{position}/PeopleCount")
    return max(int(count_text or 1), listed, 1)


def _attachments(
    node: Element, files: dict[str, Attachment], position: str
) -> tuple[Attachment, ...]:
    documents = []
    for index, file in enumerate(node.iterfind("Attachments/File"), start=1):
        name = file.get("name", "")
        if name not in files:
            detail = f"the attachment {name!r} is not in the archive"
            raise FaultError(Reason.MISSING_FIELD, detail, f"{position}/Attachments/File[{index}]")
        documents.append(files[name])
    return tuple(documents)


DOCUMENTS = {Move.OPEN: "受理告知书", Move.RESOLVE: "处理意见书"}
"""Documents that petitioners receive (信访工作条例); all other moves are 办理情况."""


def encode(replies: Sequence[Reply]) -> Outgoing:
    """Return `<PetitionReplies>` for the reports of one file."""
    root = Element("PetitionReplies")
    for reply in replies:
        feedback = reply.feedback
        part = SubElement(root, "PetitionReply", id=str(feedback.feedback_id))
        values = {
            "PetitionNo": feedback.native_id,
            "Document": DOCUMENTS.get(feedback.move, "办理情况"),
            "Status": status(feedback),
            "Unit": feedback.unit_name,
            "Text": feedback.text,
            "Answer": feedback.answer,
            "Time": local(feedback.at),
            "QueryUrl": reply.link,
        }
        for name, value in values.items():
            SubElement(part, name).text = printable(value)
    body = tostring(root, encoding="UTF-8", xml_declaration=True)
    return Outgoing(body, "application/xml", ending="xml")


CONNECTOR = Connector(
    Channel.PETITION_LETTERS, (Transport.FILE,), decode, ReplyForm(Way.FILE, encode)
)
