"""The data dictionary is whole and current, and its questions can be asked."""

from pathlib import Path

from hub.lab.docs.data import NAME, page
from hub.store.catalogue import DATA
from hub.store.client import Store

DOCS = Path(__file__).parents[3] / "docs"


def test_every_table_and_view_is_described(store: Store) -> None:
    """Neither more nor less than the store has."""
    there = {
        name
        for (name,) in store.rows(
            "SELECT name FROM system.tables WHERE database = currentDatabase()"
        )
    }
    assert set(DATA) == there


def test_the_page_is_current(store: Store) -> None:
    """Run `make docs` after a migration or the catalogue has changed."""
    assert (DOCS / NAME).read_text(encoding="utf-8") == page(store)


def test_its_questions_can_be_asked(store: Store) -> None:
    """Each example runs as it is written, but for what the reader fills in."""
    asked = [one.ask.replace("…", "00000000-0000-0000-0000-000000000000") for one in DATA.values()]
    for sql in filter(None, asked):
        store.rows(sql)
