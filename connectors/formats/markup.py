"""HTML to plain text: what people typed into an editor, without its tags."""

import html
import re

import nh3

from connectors.values.text import tidy

BREAK = re.compile(r"<\s*(?:br|/p|/div|/li|/tr|/h[1-6])\b[^>]*>", re.IGNORECASE)
SPACES = re.compile(r"[ \t\u00a0\u3000]+")
LINES = re.compile(r"\s*\n\s*")


def plain(markup: str) -> str:
    """Return the text; scripts and styles go with their content, blocks end a line."""
    bare = nh3.clean(BREAK.sub("\n", markup), tags=set(), attributes={})
    text = SPACES.sub(" ", html.unescape(bare))
    return tidy(LINES.sub("\n", text))
