"""Wordings of digests 用语: dates, excerpts. Pure."""

from datetime import date

EXCERPT = 42
"""Characters of a citizen's masked words that a digest shows."""
WEEKDAYS = "一二三四五六日"


def excerpt(title: str, content: str) -> str:
    """Return the beginning of a case's text in one line."""
    text = " ".join((content if title in ("", content) else f"{title}：{content}").split())
    return text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"


def short(day: date) -> str:
    """Return a day as a plot's axis has it."""
    return f"{day.month}.{day.day}"


def chinese_date(day: date) -> str:
    """Return a day as an official paper has it (GB/T 9704): `2026年11月8日`."""
    return f"{day.year}年{day.month}月{day.day}日"
