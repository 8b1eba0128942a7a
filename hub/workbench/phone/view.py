"""What the phone page shows 页面数据: rows in words, for the script of the page. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from schemas.base import BEIJING
from schemas.cases.case import STATE_NAMES, State
from schemas.category import CATEGORIES
from schemas.registers.person_class import CLASS_NAMES, PersonClass

EXCERPT = 60
DOES = {"check": "打卡", "visit": "走访"}
OUTCOMES = {"done": "已完成", "missed": "已过期", "open": "待完成"}


def duty(row: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Return a duty: what to do, where, until when; `record` is what the page fills in."""
    return {
        "name": row["plan_name"],
        "does": DOES[row["does"]],
        "until": moment(row["ends"]),
        "today": ends_on(row["ends"], today),
        "outcome": OUTCOMES[row["outcome"]],
        "done": row["outcome"] == "done",
        "record": {
            "type": row["does"],
            "grid": row["grid_code"],
            "household": row["household"],
            "case_id": row["case_id"] or None,
        },
    }


def person(row: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Return the visit to a cared-for person; the page shows his household, never his name."""
    names = "、".join(CLASS_NAMES[PersonClass(name)] for name in sorted(row["classes"]))
    last = date.fromisoformat(row["until"])
    state = "已完成" if row["is_done"] else "已逾期" if row["is_overdue"] else "待完成"
    return {
        "name": f"走访{names}",
        "does": DOES["visit"],
        "until": datetime.combine(last + timedelta(days=1), time(), BEIJING).isoformat(),
        "today": bool(row["is_overdue"]) or last <= today,
        "outcome": state,
        "done": bool(row["is_done"]),
        "record": {
            "type": "visit",
            "grid": row["grid"],
            "household": row["home"],
            "person": row["code"],
            "case_id": None,
        },
    }


def ends_on(ends: str, today: date) -> bool:
    """Whether a period ends with a day, or before it; `ends` is a time of the store."""
    last = datetime.fromisoformat(ends) - timedelta(milliseconds=1)
    return last.date() <= today


def moment(text: str | None) -> str | None:
    """Return a time of the store, which is in Beijing, in ISO 8601 with its offset."""
    if not text:
        return None
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING).isoformat()


def case(row: Mapping[str, Any], units: Mapping[str, str]) -> dict[str, Any]:
    """Return an open case of the worker's grids; its text is masked already."""
    return {
        "id": row["case_id"],
        "text": excerpt(row["title"] or row["content"]),
        "place": row["place_name"],
        "category": category(row["category"]),
        "state": STATE_NAMES[State(row["state"])],
        "unit": units.get(row["unit"], "") or "未派单",
        "due": moment(row["due_at"]),
        "urgent": row["urgency"] == "urgent",
    }


def wish(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a wish; `stage` decides what the worker can do with it."""
    return {
        "id": row["case_id"],
        "text": excerpt(row["content"]),
        "household": row["household"],
        "stage": row["stage"],
        "since": moment(row["ordered_at"]),
    }


def category(code: str) -> str:
    """Return the name of a leaf."""
    return CATEGORIES[code].name if code in CATEGORIES else "待研判"


def excerpt(text: str) -> str:
    """Return the beginning of a text in one line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= EXCERPT else flat[: EXCERPT - 1] + "…"


def categories() -> list[dict[str, str]]:
    """Return the leaves that a grid worker chooses from."""
    return [{"code": code, "name": leaf.name} for code, leaf in CATEGORIES.items()]
