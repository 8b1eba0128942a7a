"""The only place that knows how the endpoint of the staff is put together."""

from aiohttp import web

from hub.accounts.staff import StaffRole, add_member
from hub.settings import Settings
from hub.sql.endpoint import SqlEndpoint
from hub.sql.users import SqlUsers
from hub.store.client import Store
from streams.register import Register
from tests.attack.marked_store import TOWNSHIP_UNIT, UNIT

OFFICES: dict[StaffRole, str] = {
    StaffRole.CITY: "",
    StaffRole.AUDITOR: "",
    StaffRole.TOWNSHIP: TOWNSHIP_UNIT,
    StaffRole.UNIT: UNIT,
}


def application(settings: Settings, store: Store, register: Register) -> web.Application:
    """Return the endpoint as `hub up` serves it, over this store."""
    return SqlEndpoint(settings, SqlUsers(settings, store, register)).app


def passwords(settings: Settings) -> dict[StaffRole, str]:
    """Make one member of each role, who is named like his role; return their passwords."""
    return {
        role: add_member(settings, role.value, role, office, "") for role, office in OFFICES.items()
    }
