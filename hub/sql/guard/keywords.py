"""Keywords 关键字 that a statement of the staff may use.

The canonical text writes keywords in capitals. A keyword of the engine that is not on this list is
refused, so a clause of a new ClickHouse version is refused until it is reviewed.
"""

from hub.sql.guard.refusals import refusal
from hub.sql.guard.statement import END, Token

WORDS = """
ALL AND ANTI ANY ARRAY AS ASC ASOF BETWEEN BOTH BY CASE CAST COLLATE COLUMNS CROSS CUBE CURRENT
DATE DAY DESC DISTINCT DIV ELSE END ESCAPE EXCEPT EXISTS FALSE FILL FILTER FINAL FIRST FOLLOWING
FROM FULL GLOBAL GROUP GROUPING GROUPS HAVING HOUR IGNORE ILIKE IN INNER INTERPOLATE
INTERSECT INTERVAL IS JOIN LAST LEADING LEFT LIKE LIMIT LOCAL MATERIALIZED MICROSECOND
MILLISECOND MINUTE MOD MONTH NANOSECOND NOT NULL NULLS OFFSET ON ONLY OR ORDER OUTER OVER
PARTITION PRECEDING QUALIFY QUARTER RANGE REGEXP REPLACE RESPECT RIGHT ROLLUP ROW ROWS SECOND
SELECT SEMI SETS STALENESS STEP STRICT THEN TIES TIMESTAMP TO TOTALS TRAILING TRUE UNBOUNDED
UNION USING VALUES WEEK WHEN WHERE WINDOW WITH YEAR
"""
ALLOWED = frozenset(WORDS.split())
NEVER = {
    "PREWHERE": "use WHERE: it runs after the row filter of your role",
    "SETTINGS": "leave it out: your role fixes the settings",
    "OUTFILE": "save the result with your client",
    "SAMPLE": "use LIMIT, or cityHash64(…) % 10 = 0",
    "APPLY": "name each column with its function",
    "RECURSIVE": "write one join for each level",
    "NATURAL": "name the columns with USING (…)",
    "PASTE": "join by a column with USING (…)",
    "STREAM": "send the query again later",
    "PARALLEL": "send one statement after the other",
    "CURSOR": "use LIMIT and OFFSET",
    "SNAPSHOT": "query the table itself",
    "SHARD": "query the table itself",
    "INFILE": "use values(…)",
}


def check_keywords(tokens: list[Token], of_engine: frozenset[str]) -> None:
    """Raise `RefusedError` for a keyword that is not on the list.

    A word in capitals counts as a name after AS, after a dot, before the parenthesis of a
    function, and where an alias is used again.
    """
    aliases: set[str] = set()
    for before, token in zip([END, *tokens], tokens, strict=False):
        if token.kind == "word" and before.text in ("AS", "."):
            aliases.add(token.text)
    for before, token, after in zip([END, *tokens], tokens, [*tokens[1:], END], strict=False):
        if token.kind != "word" or token.text in ALLOWED:
            continue
        if token.text in NEVER:
            raise refusal(f"{token.text} is not allowed", NEVER[token.text])
        is_name = before.text in ("AS", ".") or after.text == "(" or token.text in aliases
        if token.text in of_engine and not is_name:
            raise refusal(
                f"{token.text} is not allowed",
                "send one plain SELECT; put a name in capitals into backquotes",
            )
