"""XML bodies: parsed without entities or DTD; GB18030 whether declared or not.

Senders write XML by joining strings. `mend` repairs the characters that make this XML invalid.
If elements of a package are damaged, `parse_package` still returns the others.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from connectors.contract import DAMAGED, FaultError
from connectors.formats.identifier import check_whole
from connectors.values.text import decode_text, tidy
from schemas.reports.rejected import Reason

DECLARATION = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)[\"'][^>]*\?>", re.I)
PROLOGUE = re.compile(r"^\s*<\?xml[^>]*\?>", re.I)
UTF_16 = {b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
"""First bytes of UTF-16 without a byte order mark (XML 1.0, appendix F)."""
_FORBIDDEN = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TOKEN = re.compile(
    r"(?P<open><!\[CDATA\[|<!--)|(?P<close>\]\]>|-->)"
    r"|&\#(?P<high>\d{5}|x[dD][89abAB][0-9a-fA-F]{2});&\#(?P<low>\d{5}|x[dD][c-fC-F][0-9a-fA-F]{2});"
    r"|&\#(?P<number>\d{1,9}|x[0-9a-fA-F]{1,8});"
    r"|&(?P<name>[A-Za-z][A-Za-z0-9]{0,31});|(?P<and>&)"
    r"|(?P<less><)(?![A-Za-z_:/!?\u0080-\U0010ffff])"
)
_VOID = re.compile(r"<(br|hr)\s*>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z_][^<>]*>")
_CDATA = re.compile(r"(<!\[CDATA\[(?:(?!<!\[CDATA\[|\]\]>).)*+\]\]>)", re.DOTALL)
_PREFIX = re.compile(r"[\s</]([A-Za-z_][\w.-]{0,40}):[\w.-]+(?=[\s=/>])")
CLOSES = {"<![CDATA[": "]]>", "<!--": "-->"}
PREDEFINED = frozenset(("amp", "lt", "gt", "quot", "apos"))
LINE_BREAKS = "\v\f"
MOST_RECOVERED = 10_000
"""Elements of a damaged package that are read one by one."""
BLOCKS = frozenset(("p", "div", "li", "tr"))


def parse_xml(body: bytes, *, declared: str = "", position: str = "") -> Element:
    """Return the root; tags have no namespaces.

    Raises `FaultError` forbidden_content for a DTD or an entity, bad_syntax for what is no XML
    even after `mend`.
    """
    return _parse(_text(body, declared, position), position)


@dataclass(frozen=True, slots=True)
class Item:
    """One element of a package, or the fault for which it cannot be read; `part` are its bytes."""

    element: Element | None
    part: bytes
    fault: FaultError | None = None

    def read(self) -> Element:
        """Return the element; raises its `FaultError`."""
        if self.element is None:
            raise self.fault or FaultError(Reason.BAD_SYNTAX, "no XML")
        return self.element


def parse_package(
    body: bytes, root: str, item: str, *, declared: str = "", position: str = ""
) -> tuple[Element, list[Item]]:
    """Return the root, and its children if it is `root`.

    The envelope of SOAP is opened. A damaged child does not affect the others. If no child can be
    read, raises `FaultError` as `parse_xml` does.
    """
    text = _text(body, declared, position)
    try:
        whole = _parse(text, position)
    except FaultError as error:
        items = _recovered(text, root, item) if error.fault.reason is Reason.BAD_SYNTAX else []
        if not any(item.element is not None for item in items):
            raise
        return Element(root), items
    if whole.tag == "Envelope" and (inside := whole.find(f"Body//{root}")) is not None:
        whole = inside
    children = list(whole) if whole.tag == root else []
    return whole, [Item(child, ElementTree.tostring(child, "utf-8")) for child in children]


def mend(text: str) -> str:
    """Return XML text with repairs of what XML 1.0 does not allow.

    Control characters and references to them are removed; vertical tabs and form feeds become line
    breaks. Two references to surrogates become one character, one alone U+FFFD. Entities of HTML
    (`&nbsp;`) become their character. A bare `&` or `<` in a text is escaped. Markup, CDATA
    sections and comments stay as they are.
    """
    inside = ""

    def token(match: re.Match[str]) -> str:
        nonlocal inside
        shown = match[0]
        if inside:
            inside = "" if shown == inside else inside
            return shown
        if match["open"]:
            inside = CLOSES[shown]
            return shown
        return _mended(match)

    return _without_odd_tags(_TOKEN.sub(token, _FORBIDDEN.sub(_visible, text)))


def _without_odd_tags(text: str) -> str:
    """Return text where `<br>` of HTML is closed, and prefixes without a namespace are gone."""
    pieces = _CDATA.split(text)
    markup = "".join(pieces[::2])
    odd = {match[1] for match in _PREFIX.finditer(markup)} - {"xml", "xmlns"}
    odd -= {prefix for prefix in odd if f"xmlns:{prefix}" in markup}
    close = "</br" not in markup.lower()
    if not odd and not (close and _VOID.search(markup)):
        return text
    names = re.compile(rf"(?<=[\s</])(?:{'|'.join(map(re.escape, sorted(odd))) or '(?!)'}):(?=\w)")
    pieces[::2] = [
        _TAG.sub(lambda tag: names.sub("", tag[0]), _VOID.sub(r"<\1/>", piece) if close else piece)
        for piece in pieces[::2]
    ]
    return "".join(pieces)


def printable(text: str) -> str:
    """Return a text without the characters that no XML 1.0 document may hold."""
    return _FORBIDDEN.sub("", text)


def text_of(node: Element | None) -> str:
    """Return the whole text of an element: markup inside it goes, its text and tail stay."""
    return "" if node is None else tidy("".join(_texts(node)))


def optional(node: Element, path: str) -> str:
    """Return the whole text at `path`, or empty."""
    return text_of(node.find(path))


def require(node: Element, path: str, position: str) -> str:
    """Return the text at `path`; raises `FaultError` missing_field."""
    text = optional(node, path)
    if not text:
        raise FaultError(Reason.MISSING_FIELD, f"{path} is needed", f"{position}/{path}")
    return text


def identifier(node: Element, path: str, position: str) -> str:
    """Return a number that names a matter; raises `FaultError` missing_field or bad_charset."""
    text = require(node, path, position)
    check_whole(text, f"{position}/{path}")
    return text


def rest(
    node: Element, known: frozenset[str], many: frozenset[str] = frozenset()
) -> dict[str, str | list[str]]:
    """Return texts and attributes that had no place of their own, by path.

    `known` are the paths that the connector reads, `Enterprise/Name` or `Category/L1@code`; all
    others are returned, also a known element that occurs again. Elements at a path in `many` are
    all read. A path that occurs several times has a list of texts.
    """
    gathered: dict[str, list[str]] = {}
    for path, text in _unread(node, "", known, many):
        if text:
            gathered.setdefault(path, []).append(text)
    return {path: texts if len(texts) > 1 else texts[0] for path, texts in gathered.items()}


def _unread(
    node: Element, prefix: str, known: frozenset[str], many: frozenset[str]
) -> Iterator[tuple[str, str]]:
    before: set[str] = set()
    for child in node:
        path = f"{prefix}{child.tag}"
        again = path in before and path not in many
        before.add(path)
        below = frozenset[str]() if again else known
        container = any(name.startswith((f"{path}/", f"{path}@")) for name in below)
        yield from (
            (f"{path}@{name}", tidy(value))
            for name, value in child.attrib.items()
            if f"{path}@{name}" not in below
        )
        if path in below:
            yield from _attributes(child, path)
        elif container or (len(child) and not _is_mixed(child)):
            yield path, tidy(child.text)
            yield from ((path, tidy(grandchild.tail)) for grandchild in child)
            yield from _unread(child, f"{path}/", below, many)
        else:
            yield path, text_of(child)
            yield from _attributes(child, path)


def _attributes(node: Element, path: str) -> Iterator[tuple[str, str]]:
    """Yield the attributes of the markup inside an element: addresses of links and pictures."""
    for inner in node.iter():
        if inner is not node:
            for name, value in inner.attrib.items():
                yield f"{path}/{inner.tag}@{name}", tidy(value)


def _is_mixed(node: Element) -> bool:
    return bool(tidy(node.text)) or any(tidy(child.tail) for child in node)


def _texts(node: Element) -> Iterator[str]:
    yield node.text or ""
    for child in node:
        name = str(child.tag).lower()
        if name == "br":
            yield "\n"
        yield from _texts(child)
        if name in BLOCKS:
            yield "\n"
        yield child.tail or ""


def _text(body: bytes, declared: str, position: str) -> str:
    if not body.strip():
        raise FaultError(Reason.NO_CONTENT, "nothing in it", position)
    declaration = DECLARATION.match(body)
    charset = declaration[1].decode("ascii") if declaration else declared
    # The parser knows few charsets, so it gets text; its own declaration would contradict.
    text = decode_text(body, declared=UTF_16.get(body[:2], charset))
    return PROLOGUE.sub("", text, count=1)


def _parse(text: str, position: str) -> Element:
    try:
        try:
            root: Element = ElementTree.fromstring(text, forbid_dtd=True)
        except (ParseError, UnicodeError):
            root = ElementTree.fromstring(mend(text), forbid_dtd=True)
    except DefusedXmlException as error:
        detail = f"a DTD or an entity: {type(error).__name__}"
        raise FaultError(Reason.FORBIDDEN_CONTENT, detail, position) from error
    except (ParseError, ValueError) as error:
        where = position or f"line {getattr(error, 'position', (1, 0))[0]}"
        raise FaultError(Reason.BAD_SYNTAX, f"no XML: {error}", where) from error
    for node in root.iter():
        node.tag = node.tag.rpartition("}")[2]
    return root


def _recovered(text: str, root: str, item: str) -> list[Item]:
    """Return the elements `item` of a damaged package one by one, in their order."""
    start, end = f"<{item}", f"</{item}>"
    if text.count(start) > MOST_RECOVERED:
        return []
    at = text.find(f"<{root}")
    at = text.find(start, at + len(root) + 1) if at >= 0 else -1
    items: list[Item] = []
    while at >= 0:
        following = text.find(start, at + len(start))
        limit = following if following >= 0 else len(text)
        stop = text.find(end, at, limit)
        piece = text[at : limit if stop < 0 else stop + len(end)]
        part = piece.encode("utf-8", "surrogatepass")
        try:
            items.append(Item(_parse(piece, ""), part))
        except FaultError as error:
            # Its line counts from the element; the connector knows the place in the package.
            items.append(Item(None, part, FaultError(error.fault.reason, error.fault.detail)))
        at = following
    return items


def _visible(match: re.Match[str]) -> str:
    return _stand_in(ord(match[0]))


def _stand_in(code: int) -> str:
    if chr(code) in LINE_BREAKS:
        return "\n"
    return DAMAGED if code > 0x1F else ""


def _mended(match: re.Match[str]) -> str:
    if match["high"]:
        pair = [_code(match["high"]), _code(match["low"])]
        if 0xD800 <= pair[0] < 0xDC00 <= pair[1] < 0xE000:
            return chr(0x10000 + ((pair[0] - 0xD800) << 10) + pair[1] - 0xDC00)
        return "".join(_reference(code) for code in pair)
    if match["number"]:
        return _reference(_code(match["number"]))
    if match["name"]:
        return _entity(match["name"])
    if match["and"]:
        return "&amp;"
    return "&lt;" if match["less"] else match[0]


def _code(number: str) -> int:
    return int(number[1:], 16) if number[0] == "x" else int(number)


def _reference(code: int) -> str:
    if code > 0x10FFFF:
        return DAMAGED
    return _stand_in(code) if _FORBIDDEN.match(chr(code)) else f"&#{code};"


def _entity(name: str) -> str:
    if name in PREDEFINED:
        return f"&{name};"
    character = html.unescape(f"&{name};")
    return character if not character.startswith("&") else f"&amp;{name};"
