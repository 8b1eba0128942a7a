"""The statements for a cluster of ClickHouse: the installed engine parses each of them.

These tests run no replicas, because replicas need a Keeper.
"""

from pathlib import Path

import pytest

from hub.store.client import Store
from hub.store.migrate import MIGRATIONS, statements
from hub.store.replicated import replicated

CLUSTER = Path(__file__).parents[3] / "docs" / "cluster"


def parses(store: Store, sql: str) -> bool:
    """Return whether the engine parses a statement; raises its error."""
    return store.raw(f"EXPLAIN AST {sql}", "TSV") != b""


@pytest.mark.parametrize("path", sorted(CLUSTER.glob("*.sql")), ids=lambda path: path.name)
def test_the_scripts_for_operators_are_valid_sql(store: Store, path: Path) -> None:
    """One creates databases of replicas, one tables over those of many cities."""
    sql_statements = statements(path.read_text(encoding="utf-8"))
    assert sql_statements
    assert all(parses(store, sql) for sql in sql_statements)


@pytest.mark.parametrize("path", sorted(MIGRATIONS.glob("*.sql")), ids=lambda path: path.name)
def test_every_table_of_a_migration_is_replicated(store: Store, path: Path) -> None:
    """Each keeps its parameters; statements without a table do not change."""
    for sql in statements(path.read_text(encoding="utf-8")):
        replicated_sql = replicated(sql)
        assert replicated_sql.count("ReplicatedReplacingMergeTree") == sql.count(
            "= ReplacingMergeTree"
        )
        assert "= MergeTree" not in replicated_sql
        assert ("MergeTree" in sql) == (replicated_sql != sql)
        assert replicated(replicated_sql) == replicated_sql
        if replicated_sql != sql:
            assert parses(store, replicated_sql)
