"""`hub deliberations ls` lists the topics, as a table in Chinese or as JSON lines."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.admin.community import deliberations
from hub.deliberations.changes import register
from hub.settings import Settings
from hub.store.client import Store
from schemas.base import BEIJING
from schemas.deliberation.topic import Step
from schemas.topic import DELIBERATIONS
from tests.builders.stored import keep
from tests.hub.deliberations.built import DETAILS, advanced


def listed(store: Store, patch: pytest.MonkeyPatch, **options: Any) -> str:
    """Return what the command prints about a decided topic of March, and a new one."""

    def ask(_: Any, sql: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        return store.named(sql, parameters)

    patch.setattr(deliberations, "ask_store", ask)
    now = datetime.now(UTC)
    fresh = DETAILS.model_copy(update={"number": "议2026-09", "title": "路灯装在哪里"})
    due = now.astimezone(BEIJING).date() + timedelta(days=9)
    keep(store, DELIBERATIONS.name, register(fresh, "小周", now, due=due))
    keep(store, DELIBERATIONS.name, *advanced(Step.DECISION))
    filters = {"area": "", "unit": "", "limit": 50, "late": False, "as_json": False}
    return deliberations.list_deliberations(Settings(), **(filters | options))


def test_the_most_overdue_topic_comes_first_with_its_votes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JSON lines have the codes."""
    lines = listed(store, monkeypatch, as_json=True).splitlines()
    first, second = (json.loads(line) for line in lines)
    assert (first["step"], first["result"], first["supervision"]) == ("decision", "adopted", "up")
    assert (first["entitled"], first["attended"], first["in_favour"]) == (40, 31, 25)
    assert (second["title"], second["meeting_on"]) == ("路灯装在哪里", None)


def test_the_table_has_chinese_words(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what is overdue is there if that is asked for."""
    table = listed(store, monkeypatch, late=True)
    assert "提级督办" in table
    assert "通过" in table
    assert "路灯装在哪里" not in table
    assert "adopted" not in table
