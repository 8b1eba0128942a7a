"""Attachments 附件 in JSON: an array, one value, or a text with several links or file names."""

import re
from collections.abc import Mapping
from typing import Any

from connectors.formats.json_body import Json, members, optional
from connectors.values.blank import is_blank
from connectors.values.text import tidy
from schemas.reports.fact import Attachment

_BETWEEN_LINKS = re.compile(r"[\s,，;；、|]+(?=(?:[a-z][a-z0-9+.-]*:)?//)", re.IGNORECASE)
_BETWEEN_PATHS = re.compile(r"\s*[,，;；、|\n]\s*(?=/)")
_BETWEEN_NAMES = re.compile(r"\s*[,，;；、|\n]\s*")
_FILE_NAME = re.compile(r"\S.*\.[A-Za-z0-9]{2,5}")


def attachments_of(
    obj: Mapping[str, Any], key: str, *, links: bool = True
) -> tuple[Attachment, ...]:
    """Return the attachments of a field; a member that is neither text nor object is left out.

    `key` is an array of links (or of names where `links` is false) or of objects with name, url
    and mediaType, or a text of several. What is left out goes to `native` by `rest`.
    """
    attachments = []
    for member in members(obj, key):
        if isinstance(member, dict):
            attachments.append(_attachment(member))
        elif isinstance(member, str) and not is_blank(member):
            attachments += [
                Attachment(url=part) if links else Attachment(name=part)
                for part in split_links(tidy(member))
            ]
    return tuple(attachment for attachment in attachments if attachment != Attachment())


def _attachment(item: Json) -> Attachment:
    return Attachment(
        name=optional(item, "name"),
        url=optional(item, "url"),
        media_type=optional(item, "mediaType"),
    )


def split_links(text: str) -> list[str]:
    """Return the links or file names of a text; a comma inside one does not split it."""
    if "//" in text:
        parts = _BETWEEN_LINKS.split(text)
    elif text.startswith("/"):
        parts = _BETWEEN_PATHS.split(text)
    else:
        parts = [part for part in _BETWEEN_NAMES.split(text) if part]
        if not all(map(_FILE_NAME.fullmatch, parts)):
            return [text] if text else []
    return [part.strip(" ,，;；、|\n") for part in parts if part.strip(" ,，;；、|\n")]
