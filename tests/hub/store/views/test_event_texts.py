"""The table of texts for the search is filled from the events, also after a crash."""

from hub.store.client import Store
from hub.store.migrate import MIGRATIONS, statements
from schemas.reports.event import Reporter
from schemas.topic import EVENTS
from tests.builders.stored import keep
from tests.builders.town import event

TEXTS = "SELECT report, reporter_key, name_key, division_code, text FROM event_texts ORDER BY ALL"


def test_the_table_is_filled_once_after_a_crash_at_any_statement(store: Store) -> None:
    """Whatever statement was the last, the migration run again leads to the same rows."""
    reporter = Reporter(key="k", name_key="n")
    for name in ("a", "b"):
        body = event(name, content="路灯不亮").model_copy(update={"reporter": reporter})
        keep(store, EVENTS.name, body)
    fed = store.rows(TEXTS)
    assert [row[1:3] for row in fed] == [("k", "n")] * 2
    steps = statements((MIGRATIONS / "0041_event_texts.sql").read_text("utf-8"))
    for crash in range(len(steps) + 1):
        store.command("DROP VIEW event_texts_fed")
        store.command("DROP TABLE event_texts SYNC")
        for statement in (*steps[:crash], *steps):
            store.command(statement)
        assert store.rows(TEXTS) == fed
    keep(store, EVENTS.name, event("c", content="井盖"))
    assert len(store.rows(TEXTS)) == 3
