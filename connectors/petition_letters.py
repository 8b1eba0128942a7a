"""网上信访: ZIP drops of XML and attachments, docs/channels/petition_letters.md.

Forms (来信, 来访, 网信) and time limits follow 信访工作条例 (2022), articles 17–35.
"""

import posixpath
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
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
from connectors.formats.archive import (
    check_name,
    composed,
    entry_name,
    is_shadow,
    open_zip,
    read_entry,
)
from connectors.formats.json_body import YES, names
from connectors.formats.tally import Tally
from connectors.formats.xml_body import (
    Item,
    identifier,
    optional,
    parse_package,
    printable,
    require,
    rest,
    text_of,
)
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
NO = frozenset(("", "false", "0", "否", "n", "no", "不", "无"))
PERSON, UNIT = "个人", "单位"
PETITIONER, FILE = "Petitioners/Petitioner", "Attachments/File"
KNOWN = names(
    "PetitionNo Version Form RegisterTime PeopleCount Subject Content AreaCode Address Category "
    "Urgency AccusedType Accused OriginalNo Secret Withdrawn Attachments/File@name "
    "Petitioners/Petitioner/Name Petitioners/Petitioner/Phone Petitioners/Petitioner/IdCard "
    "Petitioners/Petitioner/Address"
)
MANY = frozenset((PETITIONER, FILE))
PACKED = (".zip", ".rar", ".7z")


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode every XML of the archive; files that they refer to are attached by name and hash."""
    tally = Tally(context.limits)
    with open_zip(raw.body, context.limits) as archive:
        letters, files = _unpack(archive, tally)
    attached: set[str] = set()
    keys = _keys(files)
    for name, content in letters.items():
        with tally.part(f"entry {name}", content):
            enclosed = Enclosed(files, keys, posixpath.dirname(name), attached)
            for position, item in _petitions(content, f"entry {name}"):
                with tally.part(position, item.part):
                    tally.add(_fact(item.read(), position, raw.received_at, enclosed))
    for name in files.keys() - attached:
        if not name.lower().endswith(PACKED):
            tally.skip("file that no petition names")
            continue
        with tally.part(f"entry {name}"):
            detail = "an archive inside the archive: unpack it and pack its files as one ZIP"
            raise FaultError(Reason.UNSUPPORTED_TYPE, detail)
    return tally.decoded()


def _unpack(
    archive: zipfile.ZipFile, tally: Tally
) -> tuple[dict[str, bytes], dict[str, Attachment]]:
    """Return the XML files, and all other files, by their names in the archive."""
    letters: dict[str, bytes] = {}
    files: dict[str, Attachment] = {}
    for entry in archive.infolist():
        name = entry_name(entry)
        if name.endswith("/"):
            continue
        if is_shadow(name):
            tally.skip("file of the packing system")
            continue
        with tally.part(f"entry {name}"):
            check_name(name)
            content = read_entry(archive, entry)
            if name in letters or name in files:
                detail = "a second file of this name in the archive: rename it and its mention"
                raise FaultError(Reason.BAD_SYNTAX, detail)
            if name.lower().endswith(".xml"):
                letters[name] = content
            else:
                digest = sha256(content).hexdigest()
                files[name] = Attachment(name=name, size=len(content), sha256=digest)
    return letters, files


@dataclass(frozen=True, slots=True)
class Enclosed:
    """Finds the files of an archive by the names that a letter in `folder` uses."""

    files: Mapping[str, Attachment]
    keys: Mapping[str, Sequence[str]]
    """Names in the archive, by their lower-case form and by its last part."""
    folder: str
    attached: set[str]

    def named(self, name: str) -> Attachment | None:
        """Return the file, under the name that the letter writes; None if it is not there.

        The name is a path from the letter's folder or from the top, in any case; failing that, the
        name of the one file that is called so anywhere.
        """
        own = composed(name).replace("\\", "/").removeprefix("./")
        places = (posixpath.join(self.folder, own), own, f"*/{posixpath.basename(own)}")
        called = (self.keys.get(place.casefold(), ()) for place in places)
        key = next((names[0] for names in called if len(names) == 1), None)
        if key is None:
            return None
        self.attached.add(key)
        return self.files[key].model_copy(update={"name": own})


def _keys(files: Collection[str]) -> dict[str, list[str]]:
    keys: dict[str, list[str]] = {}
    for name in files:
        for key in (name, f"*/{posixpath.basename(name)}"):
            keys.setdefault(key.casefold(), []).append(name)
    return keys


def _petitions(content: bytes, position: str) -> list[tuple[str, Item]]:
    root, petitions = parse_package(content, "Petitions", "Petition")
    if root.tag == "Petition":
        return [(position, Item(root, tostring(root, encoding="utf-8")))]
    if root.tag != "Petitions":
        raise FaultError(Reason.BAD_SYNTAX, f"<Petition> is expected, not <{root.tag[:40]}>")
    return [
        (f"{position}/Petition[{index}]", item) for index, item in enumerate(petitions, start=1)
    ]


def _fact(node: Element, position: str, now: datetime, enclosed: Enclosed) -> Fact:
    form = require(node, "Form", position)
    if form not in FORMS:
        raise FaultError(Reason.BAD_VALUE, f"{form!r} is none of {FORMS}", f"{position}/Form")
    accused_type = optional(node, "AccusedType")
    if accused_type not in ("", PERSON, UNIT):
        detail = f"{accused_type!r} is neither {PERSON} nor {UNIT}"
        raise FaultError(Reason.BAD_VALUE, detail, f"{position}/AccusedType")
    people = [_contact(person) for person in node.iterfind(PETITIONER)]
    secret, withdrawn, unread = optional(node, "Secret"), optional(node, "Withdrawn"), Unread()
    unknown = {
        name: word
        for name, word in (("Secret", secret), ("Withdrawn", withdrawn))
        if word.lower() not in YES | NO
    }
    return Fact(
        native_id=identifier(node, "PetitionNo", position),
        revision=optional(node, "Version") or "0",
        # A repeat 重信重访 names the first petition, which may be older than this hub.
        parent_id=optional(node, "OriginalNo"),
        kind=Kind.WITHDRAWAL if withdrawn.lower() in YES else Kind.REPORT,
        occurred_at=parse_moment(
            require(node, "RegisterTime", position), position=f"{position}/RegisterTime", now=now
        ),
        contact=people[0] if people else Contact(),
        others=tuple(people[1:]),
        # A word that is neither yes nor no counts as yes, so that a typo does not reveal a secret.
        confidential=secret.lower() not in NO,
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
        attachments=_attachments(node, enclosed, position),
        native={**rest(node, KNOWN, MANY), **unknown, **unread.native, "form": form},
    )


def _contact(person: Element) -> Contact:
    return Contact(
        name=optional(person, "Name"),
        phone=optional(person, "Phone"),
        id_number=optional(person, "IdCard"),
        address=optional(person, "Address"),
    )


def _count(node: Element, position: str, listed: int) -> int:
    """Return the number of signatories: the stated count, or the number of names if greater."""
    count_text = optional(node, "PeopleCount")
    if count_text and not (count_text.isascii() and count_text.isdigit() and int(count_text) > 0):
        detail = f"{count_text[:20]!r} is no number of people"
        raise FaultError(Reason.BAD_VALUE, detail, f"{position}/PeopleCount")
    return max(int(count_text or 1), listed, 1)


def _attachments(node: Element, enclosed: Enclosed, position: str) -> tuple[Attachment, ...]:
    documents = []
    for index, file in enumerate(node.iterfind(FILE), start=1):
        name = file.get("name", "") or text_of(file)
        attachment = enclosed.named(name) if name else None
        if attachment is None:
            detail = f"the attachment {name!r} is not in the archive"
            raise FaultError(Reason.MISSING_FIELD, detail, f"{position}/{FILE}[{index}]")
        documents.append(attachment)
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
