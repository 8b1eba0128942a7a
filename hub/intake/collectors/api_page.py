"""One page of a paged API 接口的一页: its records and the cursor of the next page."""

import json
import re
from hashlib import sha256
from typing import Any, NamedTuple

from connectors.contract import FaultError, Limits
from connectors.formats.inflate import GZIP_MAGIC, charset_of, inflate
from connectors.values.text import decode_text

NEXT = re.compile(rb'"next"\s*:\s*(?:"((?:[^"\\\x00-\x1f]|\\.){0,2000})"|(\d{1,40}))\s*[,}]')


class Page(NamedTuple):
    """The parts of a page that the collector needs."""

    following: str
    """The cursor of the next page; empty where the page names none."""
    records: int
    digest: str
    """Digest of the records only: a page with another time or request id is the same page."""


def read_page(body: bytes, content_type: str, records: str) -> Page:
    """Read `{"posts": […], "next": …}` in any charset; `records` is the name of the list.

    Raises `ValueError` for damaged JSON, `OSError` for JSON that is not a page.
    """
    try:
        if body.startswith(GZIP_MAGIC):
            body = inflate(body, Limits())
        text = decode_text(body, declared=charset_of(content_type))
        page: Any = json.loads(text, strict=False)
    except (FaultError, RecursionError) as error:
        raise ValueError(str(error) or "nested too deeply") from error
    if not isinstance(page, dict) or not isinstance(page.get(records, 0), list | None):
        raise OSError(f"the answer has no {records}")
    listed = page[records] or []
    canonical = json.dumps(listed, sort_keys=True).encode()
    return Page(_cursor(page.get("next")), len(listed), sha256(canonical).hexdigest())


def _cursor(value: Any) -> str:
    """Return the cursor as text; empty for null, 0 and any other type."""
    return str(value) if value and isinstance(value, str | int) and value is not True else ""


def looks_like_json(body: bytes, records: str) -> bool:
    """Return whether a body is an object that is damaged, rather than an error page."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and f'"{records}"'.encode() in body


def find_cursor(body: bytes) -> str:
    """Return the cursor of the next page in a damaged page; empty where it cannot be found."""
    matches = NEXT.findall(body)
    if not matches:
        return ""
    text, number = matches[-1]
    try:
        return str(json.loads(b'"' + text + b'"')) if text else number.decode()
    except ValueError:
        return ""
