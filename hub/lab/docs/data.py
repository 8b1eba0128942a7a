"""Writes `docs/data/` 数据字典: every table and view with its columns, read from the engine."""

import sys
import tempfile
from pathlib import Path

from hub.lab.docs.export import NOTE
from hub.settings import Settings
from hub.store.catalogue import DATA, Theme
from hub.store.client import Store, open_store
from hub.store.migrate import migrate

COLUMNS = (
    "SELECT table, name, type, comment FROM system.columns WHERE database = currentDatabase()"
    " ORDER BY table, position"
)
NAME = "data/README.md"
HEAD = f"""# Tables and views 数据字典

{NOTE}
Ask by `hub query`, by any ClickHouse client at the SQL endpoint (../sql.md), or in Grafana. A row
that was stored twice counts once: the endpoint sets `final = 1`; elsewhere write `FINAL` after a
table.
Times are of Beijing; names and numbers of people are masked or sealed.
"""


def page(store: Store) -> str:
    """Return the Markdown page about all tables and views of a store."""
    columns: dict[str, list[tuple[str, str, str]]] = {}
    for table, *column in store.rows(COLUMNS):
        name, kind, comment = column
        columns.setdefault(table, []).append((name, kind, comment))
    lines = [HEAD]
    for theme in Theme:
        lines += [f"## {theme}", ""]
        for name, relation in DATA.items():
            if relation.theme is theme:
                lines += _relation(name, columns.get(name, []))
    return "\n".join(lines).rstrip() + "\n"


def _relation(name: str, columns: list[tuple[str, str, str]]) -> list[str]:
    relation = DATA[name]
    lines = [f"### {name}", "", f"A row is {relation.row}.", ""]
    if relation.ask:
        lines += ["```sql", relation.ask, "```", ""]
    if columns:
        lines += ["| column | type | |", "|---|---|---|"]
    lines += [f"| `{column}` | `{kind}` | {comment} |" for column, kind, comment in columns]
    return [*lines, ""]


def write(folder: Path) -> None:
    """Write the page into `folder`, from a temporary store with all migrations."""
    with tempfile.TemporaryDirectory() as data:
        store = open_store(Settings(data=Path(data), clickhouse=""))
        migrate(store)
        path = folder / NAME
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(store), encoding="utf-8")
        store.close()


if __name__ == "__main__":
    write(Path(sys.argv[1]))
