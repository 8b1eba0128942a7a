"""Finds the charset 字符集 of bytes: what the sender declares is a hint, the bytes decide.

Chinese systems write GB18030 or UTF-8 and often declare the other one, or Latin-1. Three facts
tell them apart: GB18030 text is almost never valid UTF-8; common Chinese characters occupy a
known region of GB 2312; characters of European charsets stand alone between ASCII letters.
"""

import codecs
import re

UTF_8, GB18030, BIG5, LATIN = "utf-8", "gb18030", "big5hkscs", "cp1252"
BOMS = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", GB18030),
)
WIDE = ("utf-16-le", "utf-16-be")
SEVEN_BIT = frozenset({"hz", "utf-7"})
"""Beside ISO-2022: charsets that write Chinese in ASCII bytes."""
ASIAN = ("euc_", "shift_jis", "cp932", "cp949", "johab")
NOT_TEXT = frozenset({"unicode_escape", "raw_unicode_escape", "punycode", "idna"})
"""Codecs of Python that turn letters and digits of ordinary text into something else."""
SAMPLE = 32 * 1024
"""Bytes that are looked at where no strict decoding settles the charset."""

_FREQUENT = frozenset(
    char.encode("gbk")
    for char in "的一是不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动"
    "同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现加量都两体制机当"
    "使点从业本去把性好应开它合还因由其些然前外天政四日那社事平形相全表间样与关各重新线内数正心反你明看"
    "原又么但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提题程果料员位入常次品式活设"
    "及管特件长求老头基资边流路级少图山接知较将组见计别手期根论区强决被干做必先回任取据处车市长居住园楼号"
    "请您好谢，。、：；“”（）！？《》０１２３４５６７８９"
)
EURO = b"\x80"
"""Windows writes the euro sign of its code page 936 as this single byte."""

_ASCII = bytes(range(128))
_UTF_8_CHARACTERS = re.compile(
    rb"(?:[\xe1-\xef][\x80-\xbf]{2}|\xe0[\xa0-\xbf][\x80-\xbf]|[\xf1-\xf3][\x80-\xbf]{3}"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|\xf4[\x80-\x8f][\x80-\xbf]{2})+"
)
"""Valid UTF-8 of three and four bytes, as Chinese needs; text of other charsets seldom has it."""
_COMMON = re.compile(rb"([\xa1-\xa3\xb0-\xd7][\xa1-\xfe])|[\x81-\xfe][\x40-\xfe]|[\x80-\xff]")
"""Group 1: the 3,755 common characters and the symbols of GB/T 2312, and its full-width ASCII."""
_COMMON_BIG5 = re.compile(rb"([\xa1-\xc6][\x40-\x7e\xa1-\xfe])|[\x81-\xfe][\x40-\xfe]|[\x80-\xff]")
"""Group 1: the 5,401 common characters and the symbols of Big5."""

_READABLE = re.compile("[\t-~\u00b7\u2010-\u2027\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
_LATIN_LETTER = re.compile(rb"(?<=[A-Za-z])[\xc0-\xff](?![A-Z\x80-\xff])")
"""A letter with an accent inside or at the end of a word, as in José or Müller."""
_ODD_RUN = re.compile(
    rb"(?<![\x80-\xff])(?!(?:[\xa1-\xa3\xb0-\xd7][\xa1-\xfe])*+[\x80-\xff]?(?![\x80-\xff]))"
    rb"[\x80-\xff](?:[\x80-\xff]{2})*+(?![\x80-\xff])"
)
"""An odd number of bytes over 127 between ASCII, unless all but the last are common pairs."""
_NO_CHARACTER = b"\xff"


def charset_of_name(declared: str) -> str:
    """Return Python's name of a declared charset, empty where it names none.

    All names of GB 2312 and GBK give GB18030, their superset: senders declare the subset.
    """
    name = declared.strip().strip("\"'").strip().lower().replace("_", "-")
    if re.fullmatch(r"utf-?8.*|unicode-1-1-utf-8", name):
        return UTF_8
    if name in ("hz", "hz-gb-2312", "utf-7", "unicode-1-1-utf-7"):
        return name.removeprefix("unicode-1-1-").removesuffix("-gb-2312")
    if re.search(r"gb|936|euc-?cn|^chinese$|iso-ir-58|^ansi$", name):
        return GB18030
    if re.search(r"big-?5|950", name):
        return BIG5
    if name in ("unicode", "utf-16", "utf16", "ucs-2", "utf-16le"):
        return WIDE[0]
    return _known(name)


def _known(name: str) -> str:
    try:
        charset = codecs.lookup(name).name if name else ""
        # base64 and zip are codecs, but no charsets; "undefined" refuses all text.
        is_text = charset.startswith("utf-") or b"a".decode(charset or "ascii") == "a"
    except (LookupError, ValueError, TypeError):
        # Readable bytes are not refused because of an unknown name, or one with NUL in it.
        return ""
    if not is_text or charset in NOT_TEXT or charset == "ascii":
        return ""
    return LATIN if charset in ("iso8859-1", "latin-1") else charset


def fits(body: bytes, charset: str) -> bool:
    """Return whether all bytes decode."""
    try:
        body.decode(charset)
    except (UnicodeError, LookupError):
        return False
    return True


def find_charset(body: bytes, hint: str) -> str:
    """Return the charset of a body without byte order mark, empty for a mixture of two.

    `hint` is a result of `charset_of_name`. A mixture is UTF-8 in some lines, GB18030 in others.
    """
    if body.isascii():
        stateful = hint in SEVEN_BIT or hint.startswith("iso2022")
        return hint if stateful and fits(body, hint) else _wide_by_zeros(body) or UTF_8
    wide = _wide_by_zeros(body)
    if wide:
        return wide
    if fits(body, UTF_8):
        return GB18030 if hint == GB18030 and _is_short_of_utf_8(body) else UTF_8
    sample = body[:SAMPLE]
    if hint.startswith(("utf-16", "utf-32")):
        for charset in (hint, *WIDE):
            if fits(body, charset) and _reads_as_chinese(sample, charset):
                return charset
    utf_8 = utf_8_share(sample)
    if utf_8 < 0.05:
        return _legacy(body, sample, hint)
    return UTF_8 if utf_8 > 0.95 else ""


def charset_of_line(line: bytes, usual: str) -> str:
    """Return UTF-8 or GB18030 for one line of a mixture; `usual` where the line does not show."""
    if line.isascii() or fits(line, UTF_8):
        return UTF_8
    utf_8, chinese = utf_8_share(line), common_share(line)
    if utf_8 == chinese:
        return usual
    return UTF_8 if utf_8 > chinese else GB18030


def _high(body: bytes) -> int:
    return len(body.translate(None, _ASCII))


def utf_8_share(body: bytes) -> float:
    """Return the share of the bytes over 127 that are valid UTF-8 of three or four bytes."""
    valid = sum(len(match[0]) for match in _UTF_8_CHARACTERS.finditer(body))
    return valid / (_high(body) or 1)


def common_share(body: bytes) -> float:
    """Return the share of the bytes over 127 that are common characters of GB 2312."""
    return _share(_COMMON, body)


def _share(common: re.Pattern[bytes], body: bytes) -> float:
    tokens = [(match[0], match[1]) for match in common.finditer(body)]
    total = sum(len(token) for token, _ in tokens)
    return sum(2 for _, usual in tokens if usual) / (total or 1)


def _is_short_of_utf_8(body: bytes) -> bool:
    """Return whether valid UTF-8 is more likely the GB18030 that the sender declares.

    A few Chinese words, such as 路, are in GB18030 valid UTF-8 of two bytes: rare letters.
    """
    return utf_8_share(body) == 0 and fits(body, GB18030) and common_share(body) > 0.7


def _wide_by_zeros(body: bytes) -> str:
    """Return UTF-16 where every ASCII character has its zero byte on the same side.

    A few zero bytes are stray ones, as of fields of fixed width.
    """
    low, high = body[0:SAMPLE:2].count(0), body[1:SAMPLE:2].count(0)
    zeros = low + high
    if (low > 0) == (high > 0) or zeros < 3 or zeros * 8 < min(len(body), SAMPLE):
        return ""
    charset = WIDE[0] if high else WIDE[1]
    return charset if fits(body[: len(body) // 2 * 2], charset) else ""


def _reads_as_chinese(sample: bytes, charset: str) -> bool:
    text = sample[: len(sample) // 4 * 4 or 2].decode(charset, "replace")
    return len(_READABLE.findall(text)) * 10 >= len(text) * 9


def _legacy(body: bytes, sample: bytes, hint: str) -> str:
    chinese = common_share(sample)
    if hint == BIG5 or (not hint and chinese < 0.3):
        is_big5 = _share(_COMMON_BIG5, sample) > 0.9 and fits(body, BIG5)
        # Half of the characters of real Big5 have a second byte under 0x80; GB 2312 has none.
        is_chinese = chinese > 0.9 and _high(sample) > 8
        if is_big5 and not is_chinese and (hint or _high(sample) > 8):
            return BIG5
    if hint in ("", UTF_8) and len(_LATIN_LETTER.findall(sample)) == _high(sample):
        return LATIN
    if hint in ("", UTF_8, GB18030, BIG5) or hint.startswith("utf"):
        return GB18030
    if hint.startswith(ASIAN) and fits(body, hint):
        return hint
    # GB18030 under a European name: nearly all bytes are pairs of common Chinese characters.
    return GB18030 if chinese > 0.6 or not fits(body, hint) else hint


def realigned(body: bytes) -> bytes:
    """Return GB18030 where a stray byte, or half a character, does not shift what follows it.

    A pair decodes from its first byte, so one byte too many turns all characters up to the next
    ASCII character into others. Where dropping a byte makes what follows common characters, 0xFF
    takes its place, which no GB18030 character has.
    """
    return _ODD_RUN.sub(_without_stray_byte, body)


def _without_stray_byte(match: re.Match[bytes]) -> bytes:
    run = match[0]
    if EURO in (run[at : at + 1] for at in range(0, len(run), 2)):
        return run
    size = len(run) // 2
    usual = [_commonness(run, 2 * index) for index in range(size)]
    shifted = [_commonness(run, 2 * index + 1) for index in range(size)]
    score = best = sum(shifted)
    cut = 0
    for index in range(size):
        score += usual[index] - shifted[index]
        if score > best:
            best, cut = score, index + 1
    # Two more common characters are not a coincidence if most of the others are common.
    if best < sum(usual) + 2 or sum(map(bool, shifted[cut:])) * 10 < (size - cut) * 7:
        return run
    return run[: 2 * cut] + _NO_CHARACTER + run[2 * cut + 1 :]


def _commonness(run: bytes, at: int) -> int:
    """Return 2 for a very frequent character or mark, 1 for a common one, 0 for others."""
    pair = run[at : at + 2]
    if pair in _FREQUENT:
        return 2
    return 1 if 0xB0 <= pair[0] <= 0xD7 and pair[1] >= 0xA1 else 0
