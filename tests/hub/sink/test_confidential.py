"""Confidential cases 保密: no column that staff may select has a person's words."""

import json

from hub.store.client import Store
from hub.store.migrate import MIGRATIONS, statements
from schemas.cases.evaluation import Evaluation
from schemas.reports.fact import Kind
from schemas.topic import CASES, EVENTS
from streams.case.state import PartitionState
from streams.steps.event import step
from tests.builders.stored import keep
from tests.builders.town import REGISTER, event

WORDS = "举报人是隔壁老张"
ORCHARD = "樱桃巷九号院"
HIDE_EVALUATIONS = MIGRATIONS / "0076_words_of_evaluations.sql"
HIDE_PLACES = MIGRATIONS / "0046_places_of_confidential_cases.sql"
COLUMNS = """
SELECT table, groupArray(name) AS names FROM system.columns
WHERE database = currentDatabase() AND name NOT IN ('body', 'words') AND type ILIKE '%String%'
GROUP BY table"""


def test_the_reason_of_an_assignment_by_hand_is_hidden(store: Store) -> None:
    """A dispatcher may have written who reported it; the body, which only the hub reads, has it."""
    report = event("a", confidential=True)
    entry = step(PartitionState(), report, REGISTER).case_events[-1]
    assert entry.case.assignment is not None
    assignment = entry.case.assignment.model_copy(update={"reason": f"主任：{WORDS}"})
    case = entry.case.model_copy(update={"assignment": assignment, "answer": WORDS})
    keep(store, CASES.name, entry.model_copy(update={"case": case}))
    shown = store.rows("SELECT * EXCEPT (body) FROM cases")
    assert len(shown) == 1
    assert WORDS not in str(shown)
    assert store.rows(f"SELECT position(body, '{WORDS}') > 0 FROM cases") == [(1,)]


def stored_secret(store: Store) -> None:
    """Store a confidential report at a place with a name, and its case."""
    report = event("a", confidential=True, name=ORCHARD)
    entries = step(PartitionState(), report, REGISTER).case_events
    keep(store, EVENTS.name, report)
    keep(store, CASES.name, *entries)


def test_no_table_or_view_shows_the_place(store: Store) -> None:
    """Whatever list is made of a column or a view: the name and the point are in none of them."""
    stored_secret(store)
    tables = store.rows(COLUMNS)
    assert {"events", "cases", "open_cases_kept", "event_texts"} <= {name for name, _ in tables}
    for table, names in tables:
        columns = ", ".join(f"toString(`{name}`)" for name in names)
        shown = store.rows(f"SELECT {columns} FROM `{table}`")
        assert ORCHARD not in str(shown), table
    for table in ("events", "cases", "open_cases_kept"):
        places = store.rows(f"SELECT place_name, lon, lat FROM {table}")
        assert places == [("保密", None, None)], table
    assert store.rows("SELECT grid_code FROM cases") == [("G1",)]
    words = f"SELECT position(words, '{ORCHARD}') > 0 FROM events"
    assert store.rows(words) == [(1,)]
    assert store.rows(f"SELECT position(body, '{ORCHARD}') > 0 FROM cases") == [(1,)]


def test_an_upgrade_hides_the_places_of_earlier_cases(store: Store) -> None:
    """Rows that an earlier version wrote are changed once; a repetition changes nothing."""
    stored_secret(store)
    place = f"place_name = '{ORCHARD}', lon = 114.9, lat = 30.0"
    for table in ("cases", "open_cases_kept"):
        change = f"ALTER TABLE {table} UPDATE {place} WHERE 1 SETTINGS mutations_sync = 2"
        store.command(change)
    words = """words = '{"title": "标题", "content": "内容"}'"""
    store.command(f"ALTER TABLE events UPDATE {place}, {words} WHERE 1 SETTINGS mutations_sync = 2")
    for _ in range(2):
        for statement in statements(HIDE_PLACES.read_text(encoding="utf-8")):
            store.command(statement)
        for table in ("events", "cases", "open_cases_kept"):
            places = store.rows(f"SELECT place_name, lon, lat FROM {table}")
            assert places == [("保密", None, None)], table
        (text,) = store.rows("SELECT words FROM events")[0]
        assert json.loads(text) == {
            "title": "标题",
            "content": "内容",
            "place_name": ORCHARD,
            "lon": 114.9,
            "lat": 30,
        }
    assert ORCHARD not in str(store.rows("SELECT text FROM event_texts"))


def stored_evaluation(store: Store) -> None:
    """Store a confidential evaluation with words."""
    evaluation = Evaluation(settled=False, satisfied=False, comment=WORDS)
    rated = event("a", kind=Kind.EVALUATION, confidential=True, content="")
    keep(store, EVENTS.name, rated.model_copy(update={"evaluation": evaluation}))


GRADES = '{"responded":true,"settled":false,"satisfied":false}'


def test_the_words_of_an_evaluation_are_hidden(store: Store) -> None:
    """Whether the matter is solved is counted; why it is not may name the person who reported."""
    stored_evaluation(store)
    assert WORDS not in str(store.rows("SELECT * EXCEPT (words) FROM events"))
    ((grades, words),) = store.rows("SELECT evaluation, words FROM events")
    assert grades == GRADES
    assert json.loads(json.loads(words)["evaluation"])["comment"] == WORDS


def test_an_upgrade_hides_the_words_of_earlier_evaluations(store: Store) -> None:
    """Those of confidential events only, and a repetition changes nothing."""
    stored_evaluation(store)
    evaluation = Evaluation(settled=True, comment="灯亮了")
    shown = event("b", kind=Kind.EVALUATION).model_copy(update={"evaluation": evaluation})
    keep(store, EVENTS.name, shown)
    earlier = GRADES.replace("}", f',"comment":"{WORDS}"}}')
    store.command(
        f"""ALTER TABLE events UPDATE evaluation = '{earlier}', words = '{{"content": "x"}}'"""
        " WHERE confidential SETTINGS mutations_sync = 2"
    )
    for _ in range(2):
        for statement in statements(HIDE_EVALUATIONS.read_text(encoding="utf-8")):
            store.command(statement)
        rows = store.rows("SELECT evaluation, words FROM events ORDER BY native_id")
        assert rows[0][0] == GRADES
        assert json.loads(rows[0][1]) == {"content": "x", "evaluation": earlier}
        assert "灯亮了" in rows[1][0]
