"""Output formats 输出格式: only formats that write rows.

Formats that read a schema or template file, or imitate the protocol of another server, are refused.
"""

from hub.sql.guard.refusals import refusal

NAMES = """
Arrow ArrowStream BSONEachRow CSV CSVWithNames CSVWithNamesAndTypes GeoJSON JSON JSONColumns
JSONColumnsWithMetadata JSONCompact JSONCompactColumns JSONCompactEachRow
JSONCompactEachRowWithNames JSONCompactEachRowWithNamesAndTypes JSONCompactStrings
JSONCompactStringsEachRow JSONCompactStringsEachRowWithNames
JSONCompactStringsEachRowWithNamesAndTypes JSONEachRow JSONL JSONLines JSONObjectEachRow
JSONStrings JSONStringsEachRow LineAsString LineAsStringWithNames LineAsStringWithNamesAndTypes
MD Markdown MsgPack NDJSON Native Null ORC Parquet Pretty PrettyCompact PrettyCompactMonoBlock
PrettyCompactNoEscapes PrettyCompactNoEscapesMonoBlock PrettyJSONEachRow PrettyJSONLines
PrettyMonoBlock PrettyNDJSON PrettyNoEscapes PrettyNoEscapesMonoBlock PrettySpace
PrettySpaceMonoBlock PrettySpaceNoEscapes PrettySpaceNoEscapesMonoBlock Raw RawBLOB RawWithNames
RawWithNamesAndTypes RowBinary RowBinaryWithNames RowBinaryWithNamesAndTypes TSKV TSV TSVRaw
TSVRawWithNames TSVRawWithNamesAndTypes TSVWithNames TSVWithNamesAndTypes TabSeparated
TabSeparatedRaw TabSeparatedRawWithNames TabSeparatedRawWithNamesAndTypes TabSeparatedWithNames
TabSeparatedWithNamesAndTypes Values Vertical XML
"""
FORMATS = frozenset(NAMES.split())


def reviewed_format(name: str) -> str:
    """Return the engine's spelling of an allowed format; raises `RefusedError`."""
    for known in FORMATS:
        if known.lower() == name.lower():
            return known
    raise refusal(f"format {name[:40]!r} is not allowed", "use JSON, CSVWithNames or TabSeparated")
