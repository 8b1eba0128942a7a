"""A replicated ClickHouse 副本: the same tables, each kept by every replica of the cluster.

The database does the rest: of engine `Replicated` it carries every statement to all replicas, so
that migrations, registers and replays stay as they are (docs/capacity.md).
"""

import re

ENGINE = re.compile(r"\bENGINE\s*=\s*(?!Replicated)(\w*MergeTree)\b")


def replicated(sql: str) -> str:
    """Return a statement whose tables are kept by every replica; any other as it is."""
    return ENGINE.sub(r"ENGINE = Replicated\1", sql)
