"""Text of notices 提醒文字: one for a single notice, one digest for many. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub.notifications.notices.notice import AT_ONCE, KIND_NAMES, Notice, NoticeKind
from schemas.base import BEIJING

LINES = 10
"""Notices of which a message has a line; the others are counted."""
ORDER = {kind: rank for rank, kind in enumerate(NoticeKind)}


@dataclass(frozen=True, slots=True)
class Line:
    """One notice in words, and the address of its page; empty: no link."""

    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A message: its title, its lines, and what is left out."""

    title: str
    lines: tuple[Line, ...]
    more: str = ""


def text_of(notices: Sequence[Notice], units: Mapping[str, str], staff_url: str) -> Text:
    """Return the text of notices, most urgent first; `units` are names by code."""
    ordered = sorted(notices, key=lambda item: (ORDER[item.kind], item.due_at or item.at))
    lines = tuple(_line(notice, units, staff_url) for notice in ordered[:LINES])
    left = len(ordered) - len(lines)
    return Text(_title(ordered), lines, f"另有{left}件，见工作台" if left else "")


def _title(notices: Sequence[Notice]) -> str:
    counts = Counter(notice.kind for notice in notices)
    parts = (f"{KIND_NAMES[kind]}{count}件" for kind, count in counts.items())
    return f"事项提醒：{'、'.join(parts)}"


def _line(notice: Notice, units: Mapping[str, str], staff_url: str) -> Line:
    number = notice.number or (str(notice.case_id)[:8] if notice.case_id else "")
    names = "、".join(units.get(code, code) for code in notice.units)
    due = f"{notice.due_at.astimezone(BEIJING):%m-%d %H:%M}到期" if notice.due_at else ""
    mark = "❗" if notice.kind in AT_ONCE else ""
    about = "，".join(filter(None, (notice.title or "（无标题）", names, due)))
    link = f"{staff_url.rstrip('/')}{notice.path}" if staff_url else ""
    shown = f"（{number}）" if number else ""
    return Line(f"{mark}【{KIND_NAMES[notice.kind]}】{about}{shown}", link)


def plain(text: Text) -> str:
    """Return a text for a mail."""
    lines = (f"{line.text}\n{line.link}" if line.link else line.text for line in text.lines)
    return "\n\n".join(filter(None, (text.title, *lines, text.more))) + "\n"
