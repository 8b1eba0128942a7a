"""Retention 保存期限: what goes from the store by itself, and when.

Contact details are kept no longer than the handling needs (个人信息保护法 art. 19); the audit as
long as its law asks at least (个人信息保护法 art. 56: three years); rows for the ten years of the
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
        """The rule, as the engine writes it back."""
        only = f" WHERE {self.only}" if self.only else ""
        return f"toDateTime({self.since}) + toIntervalDay({self.days}){only}"

    @property
    def change(self) -> str:
        """The statement that makes it so."""
        what = f"COLUMN {self.column} " if self.column else ""
        return f"ALTER TABLE {self.table} MODIFY {what}TTL {self.rule}"


def terms(settings: StoreSettings) -> tuple[Term, ...]:
    """Return what goes, by the settings; what is kept for ever is not among them."""
    terms = (
        Term("events", "received_at", settings.keep_contacts, column="reporter_sealed"),
        Term("audit", "at", settings.keep_audit),
        Term("cases", "updated_at", settings.keep_rows, only=FINISHED),
        *(
            Term(table, since, settings.keep_rows)
            for table, since in (
                ("events", "received_at"),
                ("receipts", "received_at"),
                ("rejected", "received_at"),
                ("dispositions", "at"),
                ("case_events", "at"),
                ("feedback", "at"),
                ("deliveries", "at"),
                ("command_outcomes", "at"),
            )
        ),
    )
    return tuple(term for term in terms if term.days > 0)


def set_retention(store: Store, settings: StoreSettings) -> list[str]:
    """Set the terms that the store does not have yet; return the statements."""
    changed = []
    for term in terms(settings):
        ((definition,),) = store.rows(DEFINITION, {"name": term.table})
        if term.rule.replace("'", "\\'") in definition or term.rule in definition:
            continue
        # Rows go as their parts are merged: rewriting all of them at a start would hold it up.
        store.command(f"{term.change} SETTINGS materialize_ttl_after_modify = 0")
        changed.append(term.change)
    return changed
