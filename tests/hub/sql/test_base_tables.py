"""The tables behind a view decide who may read it; a text in its statement is no table."""

from hub.accounts.staff import StaffRole
from hub.sql.roles import base_tables_of, visibility_of
from hub.sql.users import VIEWS
from hub.store.client import Store


def test_a_channel_with_the_name_of_a_view_is_no_table(store: Store) -> None:
    """Service items are read from events and the calendar, so a township sees its own."""
    tables = base_tables_of(dict(map(tuple, store.rows(VIEWS))))
    for view in ("service_items", "service_items_late", "service_items_by_month"):
        assert tables[view] == {"events", "calendar"}
    assert "service_items" in visibility_of(StaffRole.TOWNSHIP, "429999001", tables).names
    assert "service_items" not in visibility_of(StaffRole.UNIT, "429999-00", tables).names


def test_an_escaped_quotation_mark_does_not_end_a_text() -> None:
    """What stands in a text, whatever it contains, names no table; what stands outside does."""
    sql = "SELECT * FROM cases WHERE a = 'it\\'s events' AND b = 'duties'"
    assert base_tables_of({"open_cases": sql}) == {"open_cases": {"cases"}}
