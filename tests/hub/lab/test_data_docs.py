"""The data dictionary is complete and current, and its example queries run."""

from pathlib import Path

from hub.lab.docs.data import NAME, page
from hub.store.catalogue import DATA
from hub.store.client import Store

DOCS = Path(__file__).parents[3] / "docs"


def test_every_table_and_view_is_described(store: Store) -> None:
    """The catalogue has exactly the tables and views of the store."""
    existing = {
        name
        for (name,) in store.rows(
            "SELECT name FROM system.tables WHERE database = currentDatabase()"
        )
    }
    assert set(DATA) == existing


def test_the_page_is_current(store: Store) -> None:
    """The page in docs/ is the generated one (run `make docs` after a change)."""
    assert (DOCS / NAME).read_text(encoding="utf-8") == page(store)


def test_its_example_queries_run(store: Store) -> None:
    """Each example query runs once its placeholder is replaced by an id."""
    queries = [
        relation.ask.replace("…", "00000000-0000-0000-0000-000000000000")
        for relation in DATA.values()
    ]
    for sql in filter(None, queries):
        store.rows(sql)
