"""The grammar of written coordinates 坐标写法: degrees in any form, two in one field, or an object.

`114.905`, `E114.905`, `东经114.905°`, `114°54′18″E`, `114度54分18秒`; `114.905,30.052`,
`POINT(114.905 30.052)` (OGC 06-103r4), `[114.905, 30.052]` and GeoJSON (RFC 7946).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.values.blank import is_blank
from connectors.values.text import half_width

_QUOTES = str.maketrans({"‘": "'", "’": "'", "′": "'", "“": '"', "”": '"', "〃": '"'})
_SIDE = r"[EWNSewns东西南北]"
_DECIMAL = re.compile(
    rf"(?P<side>{_SIDE})?[经纬]?\s*(?P<degrees>[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)\s*[°度]?\s*(?P<side_>{_SIDE})?"
)
_PARTS = re.compile(
    rf"""(?P<side>{_SIDE})?[经纬]?\s*(?P<degrees>[+-]?\d{{1,3}})\s*[°度:\s]\s*
        (?P<minutes>\d{{1,2}}(?:\.\d+)?)\s*(?:['分:\s]\s*(?:(?P<seconds>\d{{1,2}}(?:\.\d+)?)\s*["秒]?)?)?
        \s*(?P<side_>{_SIDE})?""",
    re.VERBOSE,
)
_LABEL = re.compile(
    r"(?:经度|纬度|坐标|longitude|latitude|lng|lon|lat|[xy])\s*[:=]\s*", re.IGNORECASE
)
_WRAPPED = re.compile(r"^(?:SRID=\d+;)?\s*(?:POINT\s*Z?\s*)?[(\[]\s*(.*?)\s*[)\]]$", re.IGNORECASE)
_SIXTY = 60
Pair = tuple[float, float]


def read_coordinate(value: object) -> float:
    """Return one coordinate in the unit it is written in; west and south are negative.

    Raises ValueError with a sentence where it is no number.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{str(value)[:40]!r} is no number")  # noqa: TRY004 - of the sender
    text = half_width(str(value).translate(_QUOTES)).translate(_QUOTES).replace("''", '"').strip()
    match = _DECIMAL.fullmatch(text) or _PARTS.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is no number")
    minutes, seconds = (float(match.groupdict().get(part) or 0) for part in ("minutes", "seconds"))
    if minutes >= _SIXTY or seconds >= _SIXTY:
        raise ValueError(f"{text[:40]!r} has 60 minutes or seconds or more")
    degrees = float(match["degrees"])
    size = abs(degrees) + minutes / 60 + seconds / 3600
    side = (match["side"] or match["side_"] or "").upper()
    return -size if side in ("W", "S", "西", "南") or match["degrees"].startswith("-") else size


def read_pair(value: object) -> Pair | None:
    """Return both coordinates of a field that holds two, in the order written; else None.

    Raises ValueError where one of the two is no number.
    """
    if isinstance(value, Mapping):
        return _pair_of_object(value)
    if isinstance(value, str):
        parts = _split(value)
        return (read_coordinate(parts[0]), read_coordinate(parts[1])) if parts else None
    if isinstance(value, Sequence) and len(value) in (2, 3):
        return read_coordinate(value[0]), read_coordinate(value[1])
    return None


def _pair_of_object(fields: Mapping[str, Any]) -> Pair | None:
    if isinstance(fields.get("coordinates"), Sequence):
        return read_pair(fields["coordinates"])
    for names in (("lng", "lat"), ("lon", "lat"), ("longitude", "latitude"), ("x", "y")):
        if all(name in fields and not is_blank(fields[name]) for name in names):
            return read_coordinate(fields[names[0]]), read_coordinate(fields[names[1]])
    return None


def _split(text: str) -> list[str]:
    """Return the two or three numbers of a text, or nothing where it holds one."""
    text = half_width(text.translate(_QUOTES)).translate(_QUOTES).strip()
    if match := _WRAPPED.match(text):
        text = match[1]
    text = _LABEL.sub(" ", text).strip(" ,;")
    parts = [part.strip() for part in re.split(r"\s*[,;|/&、]\s*", text) if part.strip()]
    if len(parts) == 1 and not _PARTS.fullmatch(text):
        parts = text.split()
    return parts if len(parts) in (2, 3) else []
