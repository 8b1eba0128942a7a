"""Fields that a contract does not have are kept: each in `native`, or with a fault."""

import gzip
import json
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import SubElement, tostring
from zipfile import ZipFile

import pytest

from connectors.formats.xml_body import parse_xml
from connectors.registry import load_connectors
from schemas.channel import Channel
from schemas.reports.fact import Fact
from schemas.reports.raw import Transport
from tests.contract.samples import Sample, load_samples

CONNECTORS = load_connectors()
NAME, VALUE = "zz_extra", "甲乙丙"
GZIP = b"\x1f\x8b"
JSON = frozenset(
    {Channel.HOTLINE_12345, Channel.POLICE_110, Channel.LEADER_BOARD, Channel.ENVIRONMENT_12369}
    | {Channel.URBAN_12319, Channel.GOVERNANCE_PLATFORM, Channel.GRID_PATROL}
    | {Channel.SERVICE_ITEMS, Channel.MANUAL_ENTRY}
)
XML = frozenset({Channel.WECHAT_OFFICIAL, Channel.CONSUMER_12315, Channel.PETITION_LETTERS})
RECORDS = ("Case", "Petition")


class UnmarkedError(ValueError):
    """A sample is damaged or encrypted, so that no field can be put in."""


def mark_of(value: Any) -> str:
    """Return a value that is the same for the same object, so that repetitions stay ones."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return VALUE + sha256(text.encode()).hexdigest()[:8]


def with_marks(value: Any, marks: list[str]) -> Any:
    """Return a JSON value of which each object has one field more."""
    if isinstance(value, list):
        return [with_marks(item, marks) for item in value]
    if not isinstance(value, dict):
        return value
    mark = mark_of(value)
    marks.append(mark)
    return {**{key: with_marks(inner, marks) for key, inner in value.items()}, NAME: mark}


def marked_json(body: bytes, marks: list[str]) -> bytes:
    """Return JSON, or lines of JSON, with the field in each object."""
    try:
        text = body.decode("gb18030" if b"\xb5" in body[:60] else "utf-8")
    except UnicodeDecodeError as error:
        raise UnmarkedError from error
    try:
        return json.dumps(with_marks(json.loads(text), marks), ensure_ascii=False).encode()
    except ValueError:
        lines = []
    for line in filter(str.strip, text.splitlines()):
        try:
            lines.append(json.dumps(with_marks(json.loads(line), marks), ensure_ascii=False))
        except ValueError as error:
            raise UnmarkedError from error
    return "\n".join(lines).encode()


def marked_xml(body: bytes, marks: list[str]) -> bytes:
    """Return XML with the field in each record: the root, or its children in a package."""
    try:
        root = parse_xml(body)
    except Exception as error:
        raise UnmarkedError from error
    if root.find("Encrypt") is not None:
        raise UnmarkedError
    records = [child for child in root if child.tag in RECORDS]
    for record in records or [root]:
        marks.append(mark_of(tostring(record, "unicode")))
        SubElement(record, NAME).text = marks[-1]
    return tostring(root, "utf-8")


def marked(sample: Sample) -> tuple[Sample, list[str]]:
    """Return a sample with an unknown field in each of its objects, and the values of it."""
    body, marks = sample.raw.body, list[str]()
    packed = body.startswith(GZIP)
    try:
        plain = gzip.decompress(body) if packed else body
        if sample.channel == Channel.OPEN311:
            marks.append(VALUE)
            changed = plain + f"&{NAME}={VALUE}".encode()
        elif sample.channel == Channel.PETITION_LETTERS:
            changed = marked_zip(plain, marks)
        elif sample.channel in XML:
            changed = marked_xml(plain, marks)
        else:
            changed = marked_json(plain, marks)
    except (OSError, EOFError, RuntimeError) as error:
        raise UnmarkedError from error
    raw = sample.raw.model_copy(update={"body": gzip.compress(changed) if packed else changed})
    return replace(sample, raw=raw), marks


def marked_zip(body: bytes, marks: list[str]) -> bytes:
    """Return a ZIP whose XML files have the field."""
    target = BytesIO()
    try:
        with ZipFile(BytesIO(body)) as source, ZipFile(target, "w") as changed:
            for entry in source.infolist():
                content = source.read(entry)
                if entry.filename.endswith(".xml"):
                    content = marked_xml(content, marks)
                changed.writestr(entry.filename, content)
    except Exception as error:
        raise UnmarkedError from error
    return target.getvalue()


def shown(fact: Fact) -> str:
    """Return what a fact keeps beside its fields."""
    return json.dumps(dict(fact.native), ensure_ascii=False, default=str)


SAMPLES = [
    sample
    for sample in load_samples()
    if sample.channel in JSON | XML | {Channel.OPEN311}
    and "bomb" not in sample.name
    and not sample.name.endswith(".csv")
]


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_an_unknown_field_is_kept_or_reported(sample: Sample) -> None:
    """Each fact keeps the fields that its sender put in beside the contract, at any depth."""
    try:
        changed, marks = marked(sample)
    except UnmarkedError:
        assert sample.name.startswith(("broken", "odd_encrypted"))
        return
    (got,) = CONNECTORS[sample.channel].decode_batch([changed.raw], sample.context)
    assert len(got.faults) == len(sample.faults)
    assert all(VALUE in shown(fact) for fact in got.facts)
    if not (got.faults or got.skipped):
        kept = "".join(map(shown, got.facts))
        assert [mark for mark in marks if mark not in kept] == []


def test_every_channel_without_tables_is_tried() -> None:
    """Tables and mails have tests of their own; all other channels are in this one."""
    others = {Channel.TRANSPORT_12328, Channel.LABOUR_12333, Channel.MAYOR_MAILBOX}
    assert {sample.channel for sample in SAMPLES} == set(Channel) - others
    assert any(sample.raw.transport is Transport.KAFKA for sample in SAMPLES)
