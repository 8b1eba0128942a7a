"""Bytes to text, and text without invisible characters, the same for all channels.

A byte that belongs to no character becomes U+FFFD (`DAMAGED`). `Connector.decode_batch` counts
these characters in each fact, in `native["damaged_characters"]`.
"""

import codecs
import re
import unicodedata
from dataclasses import dataclass

from charset_normalizer import from_bytes

from connectors.contract import DAMAGED, FaultError
from connectors.values.charset import (
    BOMS,
    EURO,
    GB18030,
    UTF_8,
    charset_of_line,
    charset_of_name,
    find_charset,
    fits,
    realigned,
    utf_8_share,
)
from schemas.reports.rejected import Reason

GUESS_FROM = 64 * 1024
MOST_DAMAGED = 10
"""If more than one character in this many is damaged, the bytes are not text."""
MOST_CONTROLS = 20
"""The same limit for control characters; it applies only if a character is damaged."""
_CONTROLS = re.compile(r"[\0-\x08\x0e-\x1a\x1c-\x1f]")
_SURROGATES = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
"""CESU-8: Java and Oracle write an emoji as two halves of three bytes each."""


@dataclass(frozen=True, slots=True)
class Text:
    """Decoded bytes: `damaged` counts the marks that stand for bytes without a character.

    `charset` is Python's name, "mixed" where lines differ; `first_damaged` is the offset of the
    first such byte, -1 where there is none.
    """

    text: str
    charset: str
    damaged: int = 0
    first_damaged: int = -1

    @property
    def is_text(self) -> bool:
        """Whether enough is readable to be text, and not a picture or an archive."""
        controls = len(_CONTROLS.findall(self.text)) if self.damaged else 0
        size = len(self.text)
        if self.damaged <= 1:
            return True
        return self.damaged * MOST_DAMAGED <= size and controls * MOST_CONTROLS <= size


def read_text(body: bytes, *, declared: str = "") -> Text:
    """Return the text of `body` without byte order mark; never raises.

    `declared` is the sender's charset, in any spelling. It counts only if the bytes fit it.
    """
    hint = charset_of_name(declared)
    for mark, charset in BOMS:
        if body.startswith(mark):
            body = body.removeprefix(mark)
            # Programs also put the mark of UTF-8 before text in GB18030.
            if charset != UTF_8 or fits(body, UTF_8):
                return _marked(body, charset, len(mark))
            return _read(body, hint, len(mark))
    return _read(body, hint, 0)


def decode_text(body: bytes, *, declared: str = "") -> str:
    """Return the text of `body`, with `DAMAGED` for each byte without a character.

    Raises `FaultError` bad_charset with the first bad byte if so much is damaged that `body` is
    not text.
    """
    text = read_text(body, declared=declared)
    if text.is_text:
        return text.text
    detail = f"is no text in {text.charset}: {text.damaged} of {len(text.text)} characters damaged"
    guess = from_bytes(body[:GUESS_FROM]).best()
    if guess is not None and guess.encoding not in ("ascii", "utf_8", "gb18030"):
        detail = f"{detail}; it looks like {guess.encoding}"
    raise FaultError(Reason.BAD_CHARSET, detail, f"byte {text.first_damaged}")


def damaged_characters(text: str) -> int:
    """Return how many characters of a text arrived damaged."""
    return text.count(DAMAGED)


def _read(body: bytes, hint: str, offset: int) -> Text:
    charset = find_charset(body, hint)
    return _marked(body, charset, offset) if charset else _read_lines(body, offset)


def _read_lines(body: bytes, offset: int) -> Text:
    """Return the text of a body whose lines have different charsets, or of a very damaged one."""
    usual = UTF_8 if utf_8_share(body) >= 0.5 else GB18030
    lines = [(line, charset_of_line(line, usual)) for line in body.splitlines(keepends=True)]
    charsets = {charset for line, charset in lines if not line.isascii()}
    if len(charsets) == 1:
        return _marked(body, charsets.pop(), offset)
    parts, damaged, first = [], 0, -1
    for line, charset in lines:
        part = _marked(line, charset, offset)
        parts.append(part.text)
        damaged += part.damaged
        first = part.first_damaged if first < 0 else first
        offset += len(line)
    return Text("".join(parts), "mixed", damaged, first)


def _marked(body: bytes, charset: str, offset: int) -> Text:
    if charset == UTF_8:
        body = _SURROGATES.sub(_whole, body)
    elif charset == GB18030:
        body = realigned(body)
    try:
        return Text(body.decode(charset), charset)
    except UnicodeDecodeError as error:
        first = error.start
    text = body.decode(charset, _EURO_OR_MARK if charset == GB18030 else "replace")
    # A mark that the sender wrote is not damage of these bytes.
    damaged = text.count(DAMAGED) - body.count(DAMAGED.encode(charset))
    return Text(text, charset, damaged, offset + first if damaged else -1)


def _euro_or_mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    is_euro = error.object[error.start : error.start + 1] == EURO
    return "€" if is_euro else DAMAGED, error.end


_EURO_OR_MARK = "connectors.euro_or_mark"
codecs.register_error(_EURO_OR_MARK, _euro_or_mark)


def _whole(match: re.Match[bytes]) -> bytes:
    halves = match[0].decode("utf-8", "surrogatepass")
    return halves.encode("utf-16", "surrogatepass").decode("utf-16").encode()


_UNSEEN = re.compile(
    "[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
    "\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0001]"
    # Joiners bind the people of an emoji and letters of Uighur; beside ASCII they bind nothing.
    "|(?<![^\0-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\0-\x7f])"
)
"""Control characters, direction marks and zero-width characters: they are invisible."""
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_HALVES = re.compile("[\ud800-\udfff]+")


def tidy(text: object) -> str:
    r"""Return text as a reader sees it: control characters out, ends trimmed, None empty.

    Every line end becomes \n. Private-use characters stay, because some names are written with
    them, and so do the joiners of emoji. Half a surrogate pair becomes `DAMAGED`.
    """
    if isinstance(text, str) and text.isalnum():
        return text
    if text is None:
        return ""
    result = _HALVES.sub(_joined, str(text))
    return _UNSEEN.sub("", _LINE_ENDS.sub("\n", result)).strip()


def _joined(match: re.Match[str]) -> str:
    return match[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def half_width(text: str) -> str:
    """Return full-width forms as plain ones: １２３ → 123. For codes and numbers, not for prose."""
    return unicodedata.normalize("NFKC", text)
