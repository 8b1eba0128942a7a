"""The invented registers pass the check of those of an office, and are loaded in the same way."""

from datetime import UTC, datetime

from hub.lab.simulate.registers import MOST_PEOPLE, draw_registers, load_drawn_registers
from hub.security.sealing import Sealer
from hub.settings.town import SHIPPED_TOWN
from hub.store.client import Store
from hub.store.registers import store_registers
from hub.town.patrols import load_patrols
from hub.town.registers import load_town
from schemas.registers.entry import RegisterKind

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def test_the_same_seed_draws_the_same_registers() -> None:
    """Few enough for a demo, in every grid."""
    town = load_town(SHIPPED_TOWN)
    rows = draw_registers(town, 7)
    assert rows == draw_registers(town, 7)
    assert len(rows[RegisterKind.PEOPLE]) <= MOST_PEOPLE
    for drawn in rows.values():
        assert {row["grid_code"] for row in drawn} == {grid.code for grid in town.grids}


def test_every_grid_of_the_demo_has_its_numbers(store: Store) -> None:
    """Everything that was drawn is loaded; those who moved away do not count."""
    town = load_town(SHIPPED_TOWN)
    store_registers(store, town, load_patrols(SHIPPED_TOWN), NOW)
    sizes = load_drawn_registers(store, town, Sealer(bytes(32)), 7, NOW)
    drawn = draw_registers(town, 7)
    assert sizes == {kind: len(rows) for kind, rows in drawn.items()}
    people = [row for row in drawn[RegisterKind.PEOPLE] if row["standing"] == "在册"]
    columns = (
        "count(), sum(people), countIf(people = 0), countIf(premises = 0),"
        " countIf(dwellings <= registered_households)"
    )
    assert store.rows(f"SELECT {columns} FROM grid_numbers") == [
        (len(town.grids), len(people), 0, 0, 0)
    ]
    ((rented, unknown),) = store.rows(
        "SELECT (SELECT sum(rented) FROM grid_numbers),"
        " (SELECT count() FROM people FINAL WHERE household NOT IN"
        " (SELECT code FROM registered_households) AND standing = 'current')"
    )
    assert rented > 0
    assert unknown == 0
