"""Bytes to text 字符集: the declared charset first, then the channel's usual ones, then a guess."""

import codecs
import unicodedata
from collections.abc import Sequence

from charset_normalizer import from_bytes

from connectors.contract import FaultError
from schemas.reports.rejected import Reason

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
ALIASES = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030"}
"""Senders say GB2312 and send what only its superset GB18030 has."""
GUESS_FROM = 64 * 1024


def decode_text(
    body: bytes, *, declared: str = "", prefer: Sequence[str] = ("utf-8", "gb18030")
) -> str:
    """Return the text of `body` without byte order mark.

    Raises `FaultError` bad_charset with the first byte that fits none of the charsets.
    """
    for mark, charset in BOMS:
        if body.startswith(mark):
            return _strict(body[len(mark) :], charset)
    named = _named(declared)
    for charset in dict.fromkeys((*((named,) if named else ()), *prefer)):
        try:
            return body.decode(charset)
        except UnicodeDecodeError:
            continue
    guess = from_bytes(body[:GUESS_FROM]).best()
    if guess is not None and guess.encoding not in ("ascii", "utf_8"):
        raise FaultError(
            Reason.BAD_CHARSET,
            f"is none of {', '.join(prefer)}; it looks like {guess.encoding}",
            _first_bad(body, prefer[0]),
        )
    detail = f"is none of {', '.join(prefer)}"
    raise FaultError(Reason.BAD_CHARSET, detail, _first_bad(body, prefer[0]))


def _named(declared: str) -> str:
    name = declared.strip().strip("\"'").lower()
    name = ALIASES.get(name, name)
    try:
        return codecs.lookup(name).name if name else ""
    except (LookupError, ValueError):
        # An unknown name, or one with NUL in it, is no reason to refuse bytes that read well.
        return ""


def _strict(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset)
    except UnicodeDecodeError as error:
        position = f"byte {error.start}"
        raise FaultError(Reason.BAD_CHARSET, f"is no {charset}", position) from error


def _first_bad(body: bytes, charset: str) -> str:
    try:
        body.decode(charset)
    except UnicodeDecodeError as error:
        return f"byte {error.start}"
    return ""


def tidy(text: object) -> str:
    """Return one line's worth of text: control characters out, ends trimmed, None empty."""
    if text is None:
        return ""
    kept = "".join(
        char for char in str(text) if char in "\n\t" or unicodedata.category(char) not in UNSEEN
    )
    return kept.strip()


UNSEEN = ("Cc", "Cf", "Cs", "Co")
"""Unicode categories without visible text: controls, formats, surrogates, private use."""


def half_width(text: str) -> str:
    """Return full-width forms as plain ones: １２３ → 123. For codes and numbers, not for prose."""
    return unicodedata.normalize("NFKC", text)
