"""Mail headers to text: RFC 2047 words, RFC 2231 parameters, raw bytes, addresses, message ids."""

import base64
import re
from email.message import Message
from typing import Any
from urllib.parse import unquote_to_bytes

from connectors.values.text import Text, read_text, tidy

WORD = re.compile(
    r"=\?([^?\s]*)\?(?:[bB]\?([A-Za-z0-9+/=_\s-]*)|[qQ]\?(.*?))(?:\?=|(?<![\s?])\Z)", re.DOTALL
)
"""An encoded word. Programs leave spaces inside it and none around it, or cut off its end."""
FOLD = re.compile(r"\r?\n(?=[ \t])")
MAILBOX = re.compile(r"(.*?)<\s*([^<>\s]*@[^<>]*?)\s*>", re.DOTALL)
ADDRESS = re.compile(r"[^\s<>()\"',;:]+@[^\s<>()\"',;:]+")
COMMENT = re.compile(r"\(([^()]*)\)")
PERCENT = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f]){2}")
ANGLE = re.compile(r"<([^<>]*)>")
QUOTED = re.compile(r'^\s*"(.*)"\s*$', re.DOTALL)


def decode_raw_headers(message: Message) -> None:
    """Replace headers that hold raw 8-bit bytes by their text, in all parts of a message.

    RFC 6532 permits UTF-8 there; older programs write the charset of the body.
    """
    for part in message.walk():
        items = list(part.raw_items())
        if all(str(value).isascii() for _, value in items):
            continue
        for name in {name.lower() for name, _ in items}:
            del part[name]
        for name, value in items:
            part.set_raw(name, _raw_text(str(value)))


def _raw_text(value: str) -> str:
    return read_text(value.encode("utf-8", "surrogateescape")).text


def header_text(message: Message, name: str) -> str:
    """Return a header as text, empty where it is absent; a repeated one with all its values."""
    values = [decode_words(_unfolded(value)) for value in message.get_all(name, [])]
    return " ".join(dict.fromkeys(filter(None, values)))


def raw_header(message: Message, name: str) -> str:
    """Return a header on one line, with its encoded words as they are."""
    return _unfolded(message.get(name) or "")


def _unfolded(value: object) -> str:
    return " ".join(FOLD.sub("", str(value)).splitlines()).strip()


def decode_words(text: str) -> str:
    """Return `text` with its RFC 2047 words decoded.

    Words that follow each other are decoded together: programs split them inside a character,
    and even change the label there.
    """
    pieces: list[str] = []
    run: list[tuple[str, bytes]] = []
    position = 0
    for match in WORD.finditer(text):
        between = text[position : match.start()]
        if between.strip() or not run:
            pieces += (_decoded(run), between)
            run = []
        run.append((match[1].partition("*")[0], _word_bytes(match)))
        position = match.end()
    return tidy("".join((*pieces, _decoded(run), text[position:])))


def _decoded(run: list[tuple[str, bytes]]) -> str:
    whole = _read_run(run)
    if len({charset.lower() for charset, _ in run}) < 2:
        return whole.text
    alone = [read_text(body, declared=charset) for charset, body in run]
    damaged = sum(text.damaged for text in alone)
    return whole.text if whole.damaged < damaged else "".join(text.text for text in alone)


def _read_run(run: list[tuple[str, bytes]]) -> Text:
    return read_text(b"".join(body for _, body in run), declared=run[0][0] if run else "")


def _word_bytes(match: re.Match[str]) -> bytes:
    if match[2] is not None:
        return decode_base64(match[2])
    body = match[3].replace("_", " ").encode("utf-8", "surrogateescape")
    return re.sub(rb"=([0-9A-Fa-f]{2})", lambda code: bytes.fromhex(code[1].decode()), body)


def decode_base64(text: str) -> bytes:
    """Return what can be decoded; a single last sextet is not a byte."""
    digits = re.sub(r"[^A-Za-z0-9+/]", "", text.translate({45: 43, 95: 47}))
    digits = digits[:-1] if len(digits) % 4 == 1 else digits
    return base64.b64decode(digits + "=" * (-len(digits) % 4))


def mailbox(value: str) -> tuple[str, str]:
    """Return display name and address of the first mailbox of a raw header.

    The structure is read before the words are decoded: a decoded name may hold commas and brackets.
    """
    for text in (value, decode_words(value)):
        match = MAILBOX.match(text)
        if match:
            return _name(match[1]), match[2]
        bare = ADDRESS.search(text)
        if bare:
            comment = COMMENT.search(text[bare.end() :])
            return _name(comment[1] if comment else text[: bare.start()]), bare[0]
    return _name(value), ""


def _name(text: str) -> str:
    for _ in range(2):
        # QQ Mail puts quotation marks around encoded words, others encode the marks too.
        quoted = QUOTED.match(text)
        text = decode_words(re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else text)
    return text


def message_ids(message: Message, name: str) -> list[str]:
    """Return the message ids of a header in their order; comments and phrases are left out."""
    text = header_text(message, name)
    ids = ["".join(inside.split()) for inside in ANGLE.findall(text)]
    return [each for each in ids if each] or ADDRESS.findall(text) or _bare(text)


def _bare(text: str) -> list[str]:
    word = text.strip("<> ")
    return [word] if word and " " not in word else []


def parameter(message: Message, name: str, header: str = "content-type") -> str:
    """Return a parameter as text: RFC 2231 with a wrong charset, RFC 2047, percent codes, or raw.

    Of two forms that stand side by side, RFC 2231 is the whole one (RFC 6266, 4.3).
    """
    values: list[Any] = [
        value for key, value in message.get_params([], header) if key.lower() == name
    ]
    encoded = [value for value in values if isinstance(value, tuple)]
    if not encoded:
        return _percent_decoded(decode_words(str(values[0]))) if values else ""
    charset, _, text = encoded[0]
    try:
        return tidy(read_text(text.encode("latin-1"), declared=charset or "").text)
    except UnicodeEncodeError:
        return tidy(text)


def _percent_decoded(text: str) -> str:
    """Return a name as browsers encode it in an address, if it is plainly one."""
    if not PERCENT.search(text) or not text.isascii():
        return text
    name = read_text(unquote_to_bytes(text))
    return text if name.damaged else tidy(name.text)
