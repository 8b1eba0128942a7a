"""Payloads: expressions that would reveal a secret if the guard let them run."""

from dataclasses import dataclass

from hub.accounts.staff import StaffRole

STEM = "暗记A"
"""The beginning of every mark of the first store; marks of the second begin differently."""


@dataclass(frozen=True, slots=True)
class Payload:
    """An expression, and the table from which it reads."""

    name: str
    expression: str
    table: str = "cases"

    def fill(self, template: str, is_loud: bool) -> str:
        """Return a statement: {e} the expression, {s} as text, {b} a condition, {q} a subquery.

        A quiet condition reveals a secret by its result, a loud one by an error that repeats the text.
        """
        text = f"toString({self.expression})"
        quiet = f"{text} LIKE '{STEM}%'"
        loud = f"toUInt64(concat('x', {text})) = 1"
        parts = {
            "{e}": self.expression,
            "{s}": text,
            "{b}": loud if is_loud else quiet,
            "{q}": f"(SELECT max({text}) FROM {self.table})",
            "{t}": self.table,
        }
        for name, part in parts.items():
            template = template.replace(name, part)
        return template


def files() -> list[Payload]:
    """Return payloads that read a file, the environment or the machine."""
    return [
        Payload("file", "file('{data}/notes.txt')"),
        Payload("key", "FILE('{data}/session.key')"),
        Payload("environment", "file('/proc/self/environ')"),
        Payload("file table", "(SELECT any(line) FROM file('{data}/notes.txt', 'LineAsString'))"),
        Payload("paths", "(SELECT any(arrayElement(data_paths, 1)) FROM system.tables)"),
        Payload("disks", "(SELECT any(path) FROM system.disks)"),
    ]


def names() -> list[Payload]:
    """Return payloads that read filters, sizes and queries of others."""
    return [
        Payload("setting", "getSetting('additional_table_filters')"),
        Payload("setting or", "getSettingOrDefault('additional_table_filters', '')"),
        Payload(
            "settings",
            "(SELECT any(toString(value)) FROM system.settings WHERE name LIKE 'add%le_filters')",
        ),
        Payload("sizes", "(SELECT sum(total_bytes) FROM system.tables)"),
        Payload("queries", "(SELECT any(query) FROM system.processes)"),
        Payload(
            "errors",
            "(SELECT arrayStringConcat(groupArray(last_error_message)) FROM system.errors)",
        ),
    ]


def hidden(role: StaffRole) -> list[Payload]:
    """Return payloads that read columns and tables reserved for the hub."""
    payloads_of_role = [
        Payload("hidden", "body"),
        Payload("hidden qualified", "cases.body"),
        Payload("hidden quoted", '"body"'),
        Payload("hidden subquery", "(SELECT max(body) FROM cases)"),
        Payload("inner", "(SELECT max(name) FROM migrations)"),
        Payload("hidden view", "(SELECT any(body) FROM view(SELECT body FROM default.cases))"),
    ]
    if role is not StaffRole.AUDITOR:
        payloads_of_role.append(Payload("audit", "(SELECT max(who) FROM default.audit)"))
    if role is StaffRole.UNIT:
        return [*payloads_of_role, Payload("hidden text", "text", "feedback")]
    return [
        *payloads_of_role,
        Payload("hidden key", "reporter_key", "events"),
        Payload("hidden key of a name", "reporter_name_key", "events"),
        Payload("hidden sealed", "`reporter_sealed`", "default.events"),
    ]


def foreign(role: StaffRole) -> list[Payload]:
    """Return payloads that reveal rows of others; none for a role that sees all rows."""
    if role in (StaffRole.CITY, StaffRole.AUDITOR):
        return []
    return [
        Payload("foreign text", f"if(title LIKE '{STEM}%', toUInt64(concat('x', title)), 1)"),
        Payload("foreign row", f"intDiv(1, NOT (title LIKE '{STEM}%'))"),
        Payload("foreign place", "if(unit = 'U-429999002', arrayElement([1], toInt8(unit)), 1)"),
        Payload("foreign table", "(SELECT max(detail) FROM rejected)"),
        Payload("position", "_part_offset"),
        Payload("part", "_part"),
        Payload("partition", "_partition_id"),
    ]


def payloads(role: StaffRole) -> list[Payload]:
    """Return all payloads that would reveal a secret to a role."""
    return [*hidden(role), *foreign(role), *files(), *names()]
