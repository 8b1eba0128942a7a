"""Roles of a ClickHouse server 服务器角色: the catalogue of `hub.sql.roles` as SQL statements.

`hub staff sql` prints them; each can be run again. The administrator of the server grants the roles
to its users.
"""

from collections.abc import Iterator, Mapping, Sequence

from hub.accounts.staff import StaffRole
from hub.settings.sql import SqlSettings
from hub.sql.roles import EVERYTHING, HIDDEN, SCOPED, condition, visibility_of

OFFICE = "hub_office"
"""Role of members who see the rows of one office only."""
FILTERED = tuple(table for table, rows in SCOPED.items() if set(rows) != {EVERYTHING})
"""Tables of which an office sees a part."""
NOT_THERE = ("feedback_open",)
"""Views that read a hidden column: a view runs with the rights of the user."""


def roles(
    settings: SqlSettings,
    database: str,
    columns: Mapping[str, Sequence[str]],
    base_tables: Mapping[str, frozenset[str]],
) -> Iterator[str]:
    """Yield the statements for limits, the roles of city, auditor and offices, and grants.

    `columns` are the columns of each table and view, `base_tables` the tables that a view reads.
    """
    yield (
        "CREATE SETTINGS PROFILE OR REPLACE hub_staff SETTINGS final = 1,"
        f" max_execution_time = {settings.sql_seconds} MAX {settings.sql_seconds},"
        f" max_result_rows = {settings.sql_rows} MAX {settings.sql_rows},"
        f" max_memory_usage = {settings.sql_memory} MAX {settings.sql_memory},"
        " readonly = 2 READONLY"
    )
    city = visibility_of(StaffRole.CITY, "", dict(base_tables)).names - set(NOT_THERE)
    yield from _granted("hub_city", database, sorted(city), columns)
    yield "CREATE ROLE IF NOT EXISTS hub_auditor SETTINGS PROFILE 'hub_staff'"
    yield "GRANT hub_city TO hub_auditor"
    yield f"GRANT SELECT ON {database}.audit TO hub_auditor"
    yield f"CREATE ROLE IF NOT EXISTS {OFFICE} SETTINGS PROFILE 'hub_staff'"
    for table in FILTERED:
        # Once a table has a policy, some servers show no rows to users without one.
        yield (
            f"CREATE ROW POLICY IF NOT EXISTS hub_others ON {database}.{table}"
            f" USING 1 TO ALL EXCEPT {OFFICE}"
        )


def office_role(
    role: StaffRole,
    office: str,
    database: str,
    columns: Mapping[str, Sequence[str]],
    base_tables: Mapping[str, frozenset[str]],
) -> Iterator[str]:
    """Yield the statements for the role of one township (its area) or unit (its code)."""
    name = f"`hub_{role}_{office}`"
    names = visibility_of(role, office, dict(base_tables)).names - set(NOT_THERE)
    yield from _granted(name, database, sorted(names), columns)
    yield f"GRANT {OFFICE} TO {name}"
    for table in FILTERED:
        if rows := condition(table, role, office):
            yield (
                f"CREATE ROW POLICY IF NOT EXISTS {name} ON {database}.{table}"
                f" USING {rows} TO {name}"
            )


def _granted(
    role: str, database: str, names: Sequence[str], columns: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    yield f"CREATE ROLE IF NOT EXISTS {role} SETTINGS PROFILE 'hub_staff'"
    for name in names:
        shown = [column for column in columns[name] if column not in HIDDEN.get(name, ())]
        of = f"({', '.join(shown)})" if name in HIDDEN else ""
        yield f"GRANT SELECT{of} ON {database}.{name} TO {role}"
