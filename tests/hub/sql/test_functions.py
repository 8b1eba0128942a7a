"""The list of functions: complete, without contradictions, and checked against the engine."""

from collections import Counter

from hub.sql.guard.check import KEYWORDS, keywords_of
from hub.sql.guard.formats import FORMATS
from hub.sql.guard.functions import (
    Kind,
    Verdict,
    function_of,
    listed,
    refused_function,
    refused_table_function,
)
from hub.sql.guard.keywords import ALLOWED, NEVER
from hub.store.client import Store
from tests.hub.sql.conftest import Ask

ADVICE = "review it and add it to hub/sql/guard/functions.tsv"


def names(*kinds: Kind) -> set[str]:
    """Return the names of the list of these kinds."""
    return {entry.name for entry in listed() if entry.kind in kinds}


def test_every_function_of_the_engine_is_reviewed(engine: Store) -> None:
    """A function of a new engine version fails this test until it is reviewed."""
    for is_aggregate, kind in ((0, Kind.SCALAR), (1, Kind.AGGREGATE)):
        sql = f"SELECT name FROM system.functions WHERE is_aggregate = {is_aggregate}"
        known = {name for (name,) in engine.rows(sql)}
        assert known - names(kind) == set(), ADVICE
        assert names(kind) - known == set(), "gone from the engine: take it from the list"
    known = {name for (name,) in engine.rows("SELECT name FROM system.table_functions")}
    assert known ^ names(Kind.TABLE) == set(), ADVICE
    sql = "SELECT name FROM system.aggregate_function_combinators"
    known = {name for (name,) in engine.rows(sql)}
    assert known ^ names(Kind.COMBINATOR) == set(), ADVICE


def test_formats_and_keywords_are_the_engines(engine: Store) -> None:
    """No format and no keyword of the lists is misspelt."""
    known = {name for (name,) in engine.rows("SELECT name FROM system.formats WHERE is_output")}
    assert known >= FORMATS
    words = keywords_of([phrase for (phrase,) in engine.rows(KEYWORDS)])
    assert words >= ALLOWED - {"GROUPING", "SETS", "ONLY", "MATERIALIZED"}
    assert not ALLOWED & NEVER.keys()


def test_a_name_has_a_single_verdict() -> None:
    """Upper and lower case are equal: an alias cannot be allowed if its function is refused."""
    verdicts: dict[tuple[bool, str], set[Verdict]] = {}
    for entry in listed():
        if entry.kind is not Kind.COMBINATOR:
            key = (entry.kind is Kind.TABLE, entry.name.lower())
            verdicts.setdefault(key, set()).add(entry.verdict)
    assert [key for key, kinds in verdicts.items() if len(kinds) > 1] == []
    counted = Counter(entry.verdict for entry in listed())
    assert counted[Verdict.REFUSED] > 300
    assert counted[Verdict.ALLOWED] > 1500
    assert all(entry.why for entry in listed())


def test_combinators_stand_on_reviewed_aggregates_only() -> None:
    """A suffix does not allow a refused function, and a scalar has no suffix."""
    for name in (
        "sumIf",
        "uniqExactArrayIf",
        "quantilesTDigestMergeState",
        "COUNTDistinct",
        "argMaxOrNullIf",
        "anyLastSimpleState",
    ):
        assert refused_function(name) is None, name
    for name in (
        "sumNull",
        "aggThrowIf",
        "flameGraphState",
        "fileIf",
        "sleepArray",
        "State",
        "groupFormatOrNull",
        "sumSum",
        "lengthIf",
    ):
        assert refused_function(name) is not None, name
    assert function_of("COUNT") == function_of("count")


def test_no_refused_function_is_reached(ask: Ask) -> None:
    """Called, quoted, inside a lambda, or by its bare name, which the engine calls as well."""
    refused = [entry for entry in listed() if entry.verdict is Verdict.REFUSED]
    for entry in refused:
        if entry.kind is Kind.TABLE:
            assert refused_table_function(entry.name)
            continue
        if entry.kind is Kind.COMBINATOR:
            continue
        for sql in (
            f"SELECT `{entry.name}`('/etc/hostname')",
            f"SELECT arrayMap(`{entry.name}`, ['/etc/hostname'])",
        ):
            answer = ask("township", sql)
            assert answer.startswith(("Code: 497.", "Code: 62.")), (sql, answer)


def test_table_functions_read_nothing(ask: Ask) -> None:
    """Table functions that are not listed are refused in FROM, in JOIN and behind IN."""
    for entry in listed():
        if entry.kind is Kind.TABLE and refused_table_function(entry.name):
            for sql in (
                f"SELECT * FROM `{entry.name}`('/etc/hostname', 'LineAsString')",
                f"SELECT 1 FROM cases JOIN `{entry.name}`('x') AS t ON 1",
                f"SELECT 1 IN `{entry.name}`('x')",
            ):
                if " IN " in sql and refused_function(entry.name) is None:
                    continue  # A scalar function has the same name.
                answer = ask("city", sql)
                assert answer.startswith(("Code: 497.", "Code: 62.")), (sql, answer)


def test_types_name_no_functions(ask: Ask) -> None:
    """A type is the literal name of a reviewed type; no aggregate state can be constructed."""
    for sql in (
        "SELECT CAST(unhex('00'), 'AggregateFunction(sum, UInt8)')",
        "SELECT unhex('00')::AggregateFunction(sum, UInt8)",
        "SELECT CAST(unhex('00'), 'SimpleAggregateFunction(any, UInt8)')",
        "SELECT CAST('1', concat('UInt', '8'))",
        "SELECT accurateCastOrNull('1', if(1, 'UInt8', 'x'))",
        "SELECT JSONExtract('1', materialize('UInt8'))",
        "SELECT CAST('1', 'Array(AggregateFunction (sum, UInt8))')",
        "SELECT CAST('1', '`AggregateFunction`(sum, UInt8)')",
        "SELECT * FROM values('a AggregateFunction(sum, UInt8)', '1')",
        "SELECT {p:AggregateFunction(sum, UInt8)}",
    ):
        assert ask("township", sql, {"p": "1"}).startswith("Code: 497."), sql
    sql = "SELECT CAST('[(1,''a'')]' AS Array(Tuple(aggregate UInt8, b LowCardinality(String))))"
    assert ask("township", sql) == "[(1,'a')]\n"
