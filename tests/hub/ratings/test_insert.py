"""What the process of the pages may write about ratings, through the engine's process."""

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from hub.ratings import publication
from hub.ratings.occasion import Kind, Occasion
from hub.ratings.rating import Grade, Known, Rating, row_of
from hub.security.sealing import Sealer
from hub.settings import Settings
from hub.store.client import Store
from hub.store.engine_client import EngineStore
from hub.store.staff_rows.township_ratings import COLUMNS
from tests.builders.town import NOON
from tests.hub.sql.served import with_ports
from tests.hub.sql.test_engine import in_threads

OCCASION = Occasion("U-T", "c", 3, "U-C", Kind.WHISTLE, NOON)
RATING = Rating(in_time=True, solved=False, grade=Grade.POOR)


def test_the_pages_write_ratings_and_nothing_else(engine_settings: Settings, store: Store) -> None:
    """A rating is stored as it was sent; figures are published by the engine's process only."""
    row = row_of(Sealer(b"k" * 32), OCCASION, "421299001", RATING, Known(202603, 1))

    def work(client: EngineStore) -> None:
        client.insert("township_ratings", COLUMNS, [row])
        with pytest.raises(DatabaseError):
            client.insert("ratings_published", publication.COLUMNS, [[0] * 13])
        with pytest.raises(DatabaseError):
            client.insert("asked_departments", ("asked_by", "unit"), [["U-T", "U-C"]])

    in_threads(with_ports(engine_settings), store, work)
    assert [
        list(stored) for stored in store.rows(f"SELECT {', '.join(COLUMNS)} FROM township_ratings")
    ] == [row]
    assert store.rows("SELECT count() FROM ratings_published") == [(0,)]
