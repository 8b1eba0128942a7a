"""`hub staff sql` 服务器授权: the statements that grant SQL access to staff on a server."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from hub.accounts.staff import OFFICE_ROLES, StaffRole, load_staff
from hub.settings.sql import SqlSettings
from hub.settings.store import StoreSettings
from hub.sql.roles import base_tables_of
from hub.sql.server_roles import office_role, roles
from hub.sql.users import VIEWS, office_of
from hub.store.client import Store, open_store
from hub.store.migrate import migrate
from hub.town.registers import load_town
from streams.town.register import Register

COLUMNS = "SELECT table, name FROM system.columns WHERE database = currentDatabase()"


def server_statements(settings: SqlSettings, database: str) -> Iterator[str]:
    """Yield all statements; table and column names are read from an empty migrated store."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(StoreSettings(data=Path(folder)))
        migrate(store)
        statements = list(_statements(settings, store, database))
        store.close()
    yield from statements


def _statements(settings: SqlSettings, store: Store, database: str) -> Iterator[str]:
    columns: dict[str, list[str]] = {}
    for table, name in store.rows(COLUMNS):
        columns.setdefault(table, []).append(name)
    base_tables = base_tables_of(dict(map(tuple, store.rows(VIEWS))))
    yield from roles(settings, database, columns, base_tables)
    register = Register.of(load_town(settings.town))
    offices = set()
    for member in load_staff(settings).values():
        if member.role in (StaffRole.TOWNSHIP, StaffRole.UNIT):
            offices.add((member.role, office_of(member, register)))
    for role, office in sorted(offices):
        yield from office_role(role, office, database, columns, base_tables)
    for member in load_staff(settings).values():
        if member.role not in OFFICE_ROLES:
            continue
        office = office_of(member, register)
        name = f"hub_{member.role}_{office}" if office else f"hub_{member.role}"
        quoted = member.name.replace("\\", "\\\\").replace("`", "\\`")
        yield f"GRANT `{name}` TO `{quoted}`"
