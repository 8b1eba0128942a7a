"""Set-up of the staff's SQL endpoint for the attacks; no other file builds it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hub.accounts.staff import StaffRole, add_member
from hub.settings import Settings
from hub.store.client import Store
from tests.attack.marked_store import TOWNSHIP_UNIT, UNIT
from tests.hub.sql.served import sql_served, with_ports

OFFICES: dict[StaffRole, str] = {
    StaffRole.CITY: "",
    StaffRole.AUDITOR: "",
    StaffRole.TOWNSHIP: TOWNSHIP_UNIT,
    StaffRole.UNIT: UNIT,
    # He has no SQL: every statement is refused.
    StaffRole.GRID_WORKER: "W1",
}


@asynccontextmanager
async def served(settings: Settings, store: Store) -> AsyncIterator[int]:
    """Serve the staff's endpoint and the engine's behind it; yield the port of the staff's.

    This process has no wall: only the guard stops a statement.
    """
    async with sql_served(with_ports(settings), store) as both:
        yield both.settings.sql_port


def passwords(settings: Settings) -> dict[StaffRole, str]:
    """Create one member of each role, with the role as name; return their passwords."""
    return {
        role: add_member(settings, role.value, role, office, "") for role, office in OFFICES.items()
    }
