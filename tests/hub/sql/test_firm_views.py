"""Who may ask about the firms of reports in SQL, and what a page may write."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from hub.accounts.staff import StaffRole
from hub.settings import Settings
from hub.sql.roles import base_tables_of, visibility_of
from hub.sql.users import VIEWS, SqlSession
from hub.store.client import Store
from hub.store.engine_client import EngineStore
from hub.store.staff_rows.firm_choices import COLUMNS
from tests.builders.firms import RegisteredFirm, forget_firms, load_firms, look_for_firms
from tests.hub.registers.test_firms import complaint
from tests.hub.sql.conftest import TOWNSHIP, UNIT, answer_of
from tests.hub.sql.served import with_ports
from tests.hub.sql.test_engine import in_threads
from tests.hub.workbench.search.test_search import fill

HERE = RegisteredFirm(1, "云溪县老王烧烤店", grid=f"{TOWNSHIP}00101")
AWAY = RegisteredFirm(2, "云溪县周记卤味店", grid="42129900200101")
ASKED = "SELECT firm_name FROM {} ORDER BY firm_name"


def test_a_township_asks_about_its_own_firms(store: Store, engine_settings: Settings) -> None:
    """The city sees both; a unit none, because it has no register."""
    forget_firms(store)
    load_firms(store, HERE, AWAY)
    fill(store, complaint("a", "老王烧烤店"), complaint("b", "云溪县周记卤味店"))
    look_for_firms(store)
    base_tables = base_tables_of(dict(map(tuple, store.rows(VIEWS))))
    offices = {StaffRole.CITY: "", StaffRole.TOWNSHIP: TOWNSHIP, StaffRole.UNIT: UNIT}
    answers = {}
    for role, office in offices.items():
        visibility = visibility_of(role, office, base_tables)
        session = SqlSession(engine_settings, visibility, f"firms {role}")
        answers[role] = answer_of(session, ASKED.format("firm_reports"))
        session.close()
    forget_firms(store)
    assert answers[StaffRole.CITY] == f"{AWAY.name}\n{HERE.name}\n"
    assert answers[StaffRole.TOWNSHIP] == f"{HERE.name}\n"
    assert "firm_reports" in answers[StaffRole.UNIT]
    assert HERE.name not in answers[StaffRole.UNIT]


def test_the_pages_write_choices_and_nothing_that_was_found(
    store: Store, engine_settings: Settings
) -> None:
    """What the hub itself found is written by the engine's process only."""
    now = datetime(2026, 3, 3, tzinfo=UTC)
    row = [str(uuid4()), TOWNSHIP, "", HERE.code, "李", now]

    def work(client: EngineStore) -> None:
        client.insert("firm_choices", COLUMNS, [row])
        with pytest.raises(DatabaseError):
            client.insert("event_firms", ("written",), [["x"]])

    in_threads(with_ports(engine_settings), store, work)
    assert store.rows("SELECT toString(event_id), code, who FROM firm_choices") == [
        (row[0], HERE.code, "李")
    ]
