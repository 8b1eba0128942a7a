"""XML bodies: parsed without entities or DTD; GB18030 whether declared or not."""

import re
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from connectors.contract import FaultError
from connectors.values.text import decode_text, tidy
from schemas.reports.rejected import Reason

DECLARATION = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)[\"'][^>]*\?>", re.I)
_FORBIDDEN = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
PROLOGUE = re.compile(r"^\s*<\?xml[^>]*\?>", re.I)


def parse_xml(body: bytes, *, declared: str = "", position: str = "") -> Element:
    """Return the root; raises `FaultError` forbidden_content for a DTD or an entity."""
    if not body.strip():
        raise FaultError(Reason.NO_CONTENT, "nothing in it", position)
    declaration = DECLARATION.match(body)
    charset = declaration[1].decode("ascii") if declaration else declared
    # The parser knows few charsets, so it is given text; its own declaration would contradict.
    text = PROLOGUE.sub("", decode_text(body, declared=charset), count=1)
    try:
        root: Element = ElementTree.fromstring(text, forbid_dtd=True)
    except DefusedXmlException as error:
        detail = f"a DTD or an entity: {type(error).__name__}"
        raise FaultError(Reason.FORBIDDEN_CONTENT, detail, position) from error
    except (ParseError, ValueError) as error:
        where = position or f"line {getattr(error, 'position', (1, 0))[0]}"
        raise FaultError(Reason.BAD_SYNTAX, f"no XML: {error}", where) from error
    return root


def printable(text: str) -> str:
    """Return a text without the characters that no XML 1.0 document may hold."""
    return _FORBIDDEN.sub("", text)


def optional(node: Element, path: str) -> str:
    """Return the text at `path`, or empty."""
    return tidy(node.findtext(path))


def require(node: Element, path: str, position: str) -> str:
    """Return the text at `path`; raises `FaultError` missing_field."""
    text = optional(node, path)
    if not text:
        raise FaultError(Reason.MISSING_FIELD, f"{path} is needed", f"{position}/{path}")
    return text


def rest(node: Element, known: frozenset[str]) -> dict[str, str]:
    """Return the text of the child elements that had no place of their own."""
    return {child.tag: tidy(child.text) for child in node if child.tag not in known and child.text}
