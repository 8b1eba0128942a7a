"""A replicated ClickHouse 副本: every replica of the cluster stores the same tables.

A database of engine `Replicated` forwards every DDL statement to all replicas, so migrations,
registers and replays need no change (docs/capacity.md).
"""

import re

ENGINE = re.compile(r"\bENGINE\s*=\s*(?!Replicated)(\w*MergeTree)\b")


def replicated(sql: str) -> str:
    """Return the statement with replicated table engines; other statements are unchanged."""
    return ENGINE.sub(r"ENGINE = Replicated\1", sql)
