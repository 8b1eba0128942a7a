"""Heavy statements: they use up time, memory or stack and must hit a limit."""

from collections.abc import Iterator

from tests.attack.judge import Statement

HEAVY = (
    "SELECT length(repeat('x', 1000000000000))",
    "SELECT length(range(1000000000000))",
    "SELECT arrayFold((a, x) -> a + x, range(100000000), toUInt64(0))",
    "SELECT count() FROM numbers(1000000000000) WHERE cityHash64(number) = 1",
    "SELECT sum(length(repeat(toString(number), 100000))) FROM numbers(10000000)",
    "SELECT groupArray(number) FROM numbers(1000000000)",
    "SELECT leftPad('a', 2000000000)",
    "SELECT uniqExact(a.number, b.number) FROM numbers(1000000) AS a, numbers(1000000) AS b",
    "SELECT * FROM numbers(100000) ORDER BY number WITH FILL FROM 0 TO 100000000000",
    "SELECT 1 FROM numbers(3) ORDER BY number WITH FILL STEP 0.0000001",
    "WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM x) SELECT count() FROM x",
    "SELECT match(repeat('a', 30000), '(a*)*(a*)*(a*)*b')",
    "SELECT sleep(3)",
    "SELECT sleepEachRow(0.1) FROM numbers(1000)",
    "SELECT arrayResize([1], 4000000000)",
    "SELECT arrayShuffle(range(50000000))",
    "SELECT arraySort(x -> rand(), range(50000000))",
    "SELECT bitmapBuild(range(100000000))",
    "SELECT toString(repeat(repeat('x', 100000), 100000))",
    "SELECT arrayJoin(range(1000000000))",
    "SELECT geohashesInBox(-180, -90, 180, 90, 12)",
    "SELECT format(repeat('{}', 10000000), 'x')",
    "SELECT quantileExact(number) FROM numbers(100000000)",
    "SELECT replaceRegexpAll(repeat('a', 1000000), 'a', repeat('b', 10000))",
    "SELECT toDateTime64('1900-01-01 00:00:00', 9) + INTERVAL number * 10000000000 YEAR FROM numbers(9)",
    "SELECT generate_series FROM generate_series(0, 100000000000, 1)",
    "SELECT count() FROM primes(1000000000000)",
    "SELECT timeSlots(now(), toUInt32(4000000000), 1)",
    "SELECT arrayReduce('groupArray', range(100000000))",
    "SELECT 1 LIMIT 18446744073709551615 OFFSET 18446744073709551615",
    "SELECT number FROM numbers(18446744073709551615, 18446744073709551615)",
    "SELECT 9223372036854775807 + 1, -9223372036854775808 DIV -1",
    "SELECT intDiv(toInt32(-2147483648), -1)",
    "SELECT modulo(toInt64('-9223372036854775808'), -1)",
    "SELECT toDecimal256('1', 76) * toDecimal256('1', 76)",
    "SELECT char(range(100000000))",
    "SELECT substring('a', -9223372036854775808, 9223372036854775807)",
    "SELECT bitShiftLeft(repeat('a', 100), 18446744073709551615)",
    "SELECT JSONExtractRaw(repeat('[', 1000000))",
    "SELECT JSONExtract(repeat('{\"a\":', 100000), 'a', 'String')",
    "SELECT CAST(repeat('[', 100000), 'Array(Array(UInt8))')",
    "SELECT parseDateTime('1', repeat('%', 1000000))",
    "SELECT toTypeName(CAST((1, 2), 'Tuple(a UInt8, `b\\0` UInt8)'))",
    "SELECT h3kRing(644325529233966508, 1000000)",
    "SELECT polygonAreaSpherical([[[(0., 0.), (nan, inf), (1e300, -1e300)]]])",
    "SELECT ngrams(repeat('a', 10000000), 5)",
    "SHOW SETTINGS LIKE '%_%_%_%_%_%_%_%_%_%_%_%_%_%_%_§'",
    "SELECT damerauLevenshteinDistance(repeat('a', 60000), repeat('b', 60000))",
    "SELECT multiFuzzyMatchAny('aaa', 9, ['((a|b|c|d|e){1,500}x{1,500}){1,9}'])",
    "SELECT multiMatchAny(repeat('a', 1000), ['(a{1,900}b?){1,900}c'])",
    "SELECT h3PolygonToCells([(-179., -80.), (-179., 80.), (179., 80.), (179., -80.)], 12)",
    "SELECT h3ToChildren(576495936675512319, 15)",
    "SELECT randomPrintableASCII(2000000000)",
    "SELECT arrayShingles(range(1000000), 500000)",
    "SELECT timeSeriesFromGrid(toDateTime(0), toDateTime(4000000000), 1, range(1000))",
    "SELECT extractAllGroups(repeat('a', 3000000), '(a)(a?)(a?)(a?)')",
    "SELECT subBitmap(bitmapBuild([1]), 0, 18446744073709551615)",
    "SELECT toStartOfInterval(now(), INTERVAL 9223372036854775807 NANOSECOND)",
    "SELECT JSON_QUERY('{}', '$' || repeat('..a', 100000))",
    "SELECT CAST(concat(repeat('{\"a\":', 5000), '1', repeat('}', 5000)), 'JSON')",
    "SELECT CAST('a', 'FixedString(4000000000)')",
    "SELECT number FROM numbers(1000000000000) LIMIT 1 OFFSET 999999999999",
    "SELECT arrayFold((a, x) -> arrayPushBack(a, x), range(100000), emptyArrayUInt64())",
    "SELECT hasSubstr(arrayWithConstant(600000, 1), arrayPushBack(arrayWithConstant(300000, 1), 2))",
    "SELECT like(repeat('a', 1000000), concat('%', repeat('a%', 1000), 'b'))",
    "SELECT sparseGrams(repeat('abc', 100000), 3, 100000)",
    "SELECT h3HexRing(590080540275638271, toUInt16(10000))",
)
SHAPES = "arrayMap(i -> [[(i / {}, 0.), (i / 3., 1.), (i / 2., i / 5.)]], range(3000))"
REFUSED_AS_ENDLESS = (
    "SELECT kolmogorovSmirnovTest('two-sided', 'exact')(number, number % 2) FROM numbers(1000000)",
    "SELECT arraySimilarity(range(60000), range(60000), range(60000), range(60000))",
    f"SELECT polygonsUnionCartesian({SHAPES.format('7.')}, {SHAPES.format('8.')})",
)
"""One call over one value, which the engine cannot stop: the guard refuses these functions."""


def heavy() -> Iterator[Statement]:
    """Yield statements that would exhaust the engine's time, memory or stack."""
    for name, sql in _heavy():
        yield Statement(sql, f"heavy {name}")


def _heavy() -> Iterator[tuple[str, str]]:
    for times in (200, 3000, 40_000):
        yield f"parentheses {times}", f"SELECT {'(' * times}1{')' * times}"
        yield f"arrays {times}", f"SELECT {'[' * times}1{']' * times}"
        yield f"negations {times}", f"SELECT {'NOT ' * times}1"
        yield f"minus {times}", f"SELECT {'-(' * times}1{')' * times}"
        yield f"sums {times}", f"SELECT {'1+' * times}1"
        yield f"calls {times}", f"SELECT {'abs(' * times}1{')' * times}"
        yield f"subqueries {times}", f"SELECT * FROM {'(SELECT * FROM ' * times}cases{')' * times}"
        yield f"scalars {times}", f"{'SELECT (' * times}SELECT 1{')' * times}"
        yield f"unions {times}", f"SELECT 1{' UNION ALL SELECT 1' * times}"
        yield f"columns {times}", f"SELECT {'title,' * times}1 FROM cases"
        yield f"lambdas {times}", f"SELECT {'arrayMap(x -> ' * times}1{', [1])' * times}"
        yield f"cases {times}", f"SELECT {'CASE WHEN 1 THEN ' * times}1{' END' * times}"
        yield f"types {times}", f"SELECT CAST([], '{'Array(' * times}UInt8{')' * times}')"
        yield f"explains {times}", f"{'EXPLAIN ' * times}SELECT 1"
        yield f"comments {times}", f"SELECT {'/*' * times}1{'*/' * times}"
        yield f"joins {times}", f"SELECT 1 FROM cases{' CROSS JOIN numbers(2)' * times}"
        yield f"braces {times}", f"SELECT {'{' * times}x:String{'}' * times}"
        yield f"tuples {times}", f"SELECT 1{'.1' * times}"
        yield f"words {times}", f"SHOW TABLES LIKE '{'%a' * times}'"
        yield f"words of anything {times}", f"SHOW FUNCTIONS LIKE '{'%_' * times}§'"
    for words in ("%_", "_%", "%e", "%e%"):
        for show in ("FUNCTIONS", "SETTINGS", "TABLES", "COLUMNS FROM cases"):
            yield f"pattern {words} {show}", f"SHOW {show} LIKE '{words * 14}§'"
    for times in (320, 640, 900):
        yield f"arrays {times}", f"SELECT {'[' * times}1{']' * times}"
        yield f"calls {times}", f"EXPLAIN AST SELECT {'abs(' * times}1{')' * times}"
    for times in (500, 5000):
        yield f"system tables {times}", f"SELECT 1 FROM system.columns{', system.columns' * times}"
    doubled = ", ".join(f"(x{n}, x{n}) AS x{n + 1}" for n in range(40))
    yield "aliases doubled", f"WITH 1 AS x0, {doubled} SELECT x40"
    joined = ", ".join(f"x{n + 1} AS (SELECT 1 FROM x{n} AS a, x{n} AS b)" for n in range(40))
    yield "queries doubled", f"WITH x0 AS (SELECT 1 FROM cases), {joined} SELECT count() FROM x40"
    for sql in (*HEAVY, *REFUSED_AS_ENDLESS):
        yield sql[:60], sql
