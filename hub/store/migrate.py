"""Numbered migrations 数据库迁移: applied once, in order, by the process that fills the store."""

from pathlib import Path

from hub.store.client import Store

MIGRATIONS = Path(__file__).parent / "migrations"


def statements(sql: str) -> list[str]:
    """Return the statements of a migration: each ends with a semicolon at a line's end."""
    lines = [line for line in sql.splitlines() if not line.lstrip().startswith("--")]
    parts = "\n".join(lines).split(";\n")
    return [part.strip().rstrip(";") for part in parts if part.strip().rstrip(";")]


def migrate(store: Store) -> list[str]:
    """Apply the numbered migrations that are not recorded yet; return their names.

    Only the one process that fills the store may call this; other processes wait for it.
    """
    store.command(
        "CREATE TABLE IF NOT EXISTS migrations (name String, at DateTime DEFAULT now())"
        " ENGINE = ReplacingMergeTree ORDER BY name"
    )
    applied = []
    for path in missing_migrations(store):
        for statement in statements(path.read_text(encoding="utf-8")):
            store.command(statement)
        store.insert("migrations", ["name"], [[path.name]])
        applied.append(path.name)
    return applied


def missing_migrations(store: Store) -> list[Path]:
    """Return the files of this version that have not been applied, in order."""
    has_table = store.rows("EXISTS TABLE migrations") == [(1,)]
    done = {name for (name,) in store.rows("SELECT name FROM migrations")} if has_table else set()
    return [path for path in sorted(MIGRATIONS.glob("*.sql")) if path.name not in done]
