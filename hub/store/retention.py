"""Retention 保存期限: when rows and columns are deleted from the store.

Contact details are kept no longer than the handling needs (个人信息保护法 art. 19); the audit for
the legal minimum (个人信息保护法 art. 56: three years); rows for the ten years of the
archives' rule 机关文件材料归档范围和文书档案保管期限规定. Days are settings; 0 keeps for ever.
"""

from typing import NamedTuple

from hub.settings.store import StoreSettings
from hub.store.client import Store

DEFINITION = (
    "SELECT create_table_query FROM system.tables"
    " WHERE database = currentDatabase() AND name = {name:String}"
)
FINISHED = "state IN ('closed', 'withdrawn', 'merged')"


class Term(NamedTuple):
    """How long something is kept: a whole row, or one column of it."""

    table: str
    since: str
    days: int
    column: str = ""
    only: str = ""

    @property
    def rule(self) -> str:
        """The TTL expression, as the engine writes it."""
        only = f" WHERE {self.only}" if self.only else ""
        return f"toDateTime({self.since}) + toIntervalDay({self.days}){only}"

    @property
    def change(self) -> str:
        """The statement that sets the TTL."""
        what = f"COLUMN {self.column} " if self.column else ""
        return f"ALTER TABLE {self.table} MODIFY {what}TTL {self.rule}"


def terms(settings: StoreSettings) -> tuple[Term, ...]:
    """Return the terms of the settings, without those of 0 days (kept for ever)."""
    possible = (
        Term("events", "received_at", settings.keep_contacts, column="reporter_sealed"),
        Term("person_visits", "at", settings.keep_contacts),
        Term("audit", "at", settings.keep_audit),
        Term("cases", "updated_at", settings.keep_rows, only=FINISHED),
        *(
            Term(table, since, settings.keep_rows)
            for table, since in (
                ("events", "received_at"),
                ("event_texts", "received_at"),
                ("event_cases", "at"),
                ("unit_reports", "updated_at"),
                ("project_reports", "received_at"),
                ("deliberation_reports", "received_at"),
                ("event_firms", "received_at"),
                ("firm_choices", "at"),
                ("receipts", "received_at"),
                ("rejected", "received_at"),
                ("dispositions", "at"),
                ("case_events", "at"),
                ("case_reports", "at"),
                ("asked_departments", "at"),
                ("feedback", "at"),
                ("feedback_to_many", "at"),
                ("deliveries", "at"),
                ("command_outcomes", "at"),
            )
        ),
    )
    return tuple(term for term in possible if term.days > 0)


def set_retention(store: Store, settings: StoreSettings) -> list[str]:
    """Set the terms that differ from the store's; return the statements."""
    changed = []
    for term in terms(settings):
        ((definition,),) = store.rows(DEFINITION, {"name": term.table})
        if term.rule.replace("'", "\\'") in definition or term.rule in definition:
            continue
        # Merges delete the rows later: rewriting all parts now would delay the start.
        store.command(f"{term.change} SETTINGS materialize_ttl_after_modify = 0")
        changed.append(term.change)
    return changed
