"""A mapping turns the names of another system into those of the channel's contract."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from connectors.contract import DecodeContext, FaultError
from connectors.mapping.field_mapping import FieldMapping, MappingError, mapped_connector
from connectors.registry import load_connectors
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason

ORDER = {
    "bill": {"code": 20261100042, "at": "2026-11-03 08:15"},
    "who": "张三",
    "mobile": "13800001111",
    "detail": {"head": "路灯不亮", "body": "东门社区三天没有灯"},
    "level": "T1",
    "extra": "kept",
}
MAPPING = FieldMapping(
    items="result.rows",
    fields={
        "workOrderNo": "bill.code",
        "callTime": "bill.at",
        "caller.name": "who",
        "caller.phone": "mobile",
        "title": "detail.head",
        "content": "join('。', [detail.head, detail.body])",
        "urgency": "level",
    },
    values={"urgency": {"T1": "紧急"}},
)


def raw(body: Any) -> RawMessage:
    """Return a message of the hotline."""
    return RawMessage(
        receipt_id=UUID(int=1),
        channel="hotline_12345",
        transport=Transport.HTTP,
        received_at=datetime(2026, 11, 3, 9, tzinfo=UTC),
        body=body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode(),
    )


def decoded(mapping: FieldMapping, body: Any) -> Any:
    """Return what the mapped connector decodes."""
    connector = mapped_connector(load_connectors()["hotline_12345"], mapping)
    return connector.decode_batch([raw(body)], DecodeContext())[0]


def test_foreign_names_become_a_fact() -> None:
    """Lists, nested fields, joined texts and other words are read; the rest stays in native."""
    result = decoded(MAPPING, {"result": {"rows": [ORDER]}})
    assert result.faults == ()
    (fact,) = result.facts
    assert fact.native_id == "20261100042"
    assert (fact.contact.name, fact.contact.phone) == ("张三", "13800001111")
    assert fact.title == "路灯不亮"
    assert fact.content == "路灯不亮。东门社区三天没有灯"
    assert str(fact.urgency) == "urgent"
    assert fact.native["extra"] == "kept"


def test_a_mapping_reads_any_charset_and_one_report() -> None:
    """The body may be GBK, and a single report instead of a list."""
    mapping = FieldMapping(fields=MAPPING.fields)
    result = decoded(mapping, json.dumps(ORDER, ensure_ascii=False).encode("gb18030"))
    assert [fact.contact.name for fact in result.facts] == ["张三"]


def test_a_report_without_a_mapped_field_is_rejected_with_its_place() -> None:
    """One bad report does not affect the others, and its fault has the position in the list."""
    broken = {name: value for name, value in ORDER.items() if name != "bill"}
    result = decoded(MAPPING, {"result": {"rows": [broken, ORDER]}})
    assert len(result.facts) == 1
    assert [(str(f.reason), f.position) for f in result.faults] == [
        (Reason.MISSING_FIELD, "/0/workOrderNo")
    ]


def test_an_expression_that_does_not_fit_names_the_field() -> None:
    """A function on a value of another type is a fault with field and expression, no traceback."""
    mapping = FieldMapping(fields={"title": "join('', detail)"})
    result = decoded(mapping, [ORDER])
    assert result.facts == ()
    assert result.faults[0].position == "/0/title"
    assert "join('', detail)" in result.faults[0].detail


@pytest.mark.parametrize("expression", ["a[", "", "f(", "a" * 501, "unknown_function(@)|"])
def test_an_expression_that_does_not_parse_is_refused(expression: str) -> None:
    """The error names the field."""
    with pytest.raises(MappingError, match="title"):
        FieldMapping(fields={"title": expression})


@pytest.mark.parametrize("name", ["", ".", "a..b", ".a"])
def test_a_name_that_is_no_field_is_refused(name: str) -> None:
    """A field has a name, and each part of a path one."""
    with pytest.raises(MappingError, match="no field"):
        FieldMapping(fields={name: "a"})


@pytest.mark.parametrize("body", [b"", b"{", b"[1, 2]", b"null", b"7", b'"x"', b"\xff\xff"])
def test_a_body_that_is_no_report_is_a_fault(body: bytes) -> None:
    """Whatever arrives, nothing escapes."""
    result = decoded(MAPPING, body)
    assert result.facts == ()
    assert result.faults


def test_a_list_goes_where_the_channel_expects_it() -> None:
    """Each channel that can have a mapping reads a list of mapped reports."""
    order = {"no": "2", "when": "2026-11-03 08:15", "text": "路灯不亮", "kind": "路灯"}
    fields = {
        "hotline_12345": {"workOrderNo": "no", "callTime": "when", "content": "text"},
        "urban_12319": {
            "taskNum": "no",
            "createTime": "when",
            "recDesc": "text",
            "eventType": "'事件'",
            "mainTypeCode": "'01'",
            "subTypeCode": "'01'",
        },
        "police_110": {"jqbh": "no", "bjsj": "when", "bjnr": "text"},
    }
    for channel, names in fields.items():
        connector = load_connectors()[channel]
        mapped = mapped_connector(connector, FieldMapping(fields=names, items="rows"))
        message = raw({"rows": [order, order | {"no": "3"}]}).model_copy(
            update={"channel": channel}
        )
        result = mapped.decode_batch([message], DecodeContext())[0]
        assert [fact.native_id for fact in result.facts] == ["2", "3"], (channel, result.faults)


def test_the_report_itself_is_not_changed() -> None:
    """An object that a path goes through is copied."""
    report = {"caller": {"sex": "男"}, "who": "张三"}
    mapped = FieldMapping(fields={"caller.name": "who"}).apply(report)
    assert mapped["caller"] == {"sex": "男", "name": "张三"}
    assert report["caller"] == {"sex": "男"}
    with pytest.raises(FaultError):
        FieldMapping(fields={"title": "length(who.x)"}).apply(report)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("!" * 499, "nested too deeply"),
        ("[[@,@],[@,@]]" + "|[[@,@],[@,@]]" * 9, "copies of a report"),
        ("join('', [a, a])" + "|join('', [@,@,@,@])" * 7, "copies of a report"),
        ("map(&map(&`[0,0,0,0,0,0,0,0]`, `[0,0,0,0,0,0,0,0]`), a)", "copies of a report"),
        ("join(a, b)", "must be fixed"),
        ("join()", "must be fixed"),
        ("to_string(@)", "to_string is refused"),
        ("foo(@)", "no function foo"),
    ],
)
def test_an_expression_that_may_build_anything_is_refused(expression: str, message: str) -> None:
    """What an expression may build is bounded before a report comes."""
    with pytest.raises(MappingError, match=message):
        FieldMapping(fields={"content": expression})


@pytest.mark.parametrize(
    "expression",
    [
        "a[?kind == '投诉' && state != `1`].text | join('，', @)",
        "join('', ['标题：', a, '；内容：', b, '；地点：', c])",
        "join('；', a[*].join('：', [name, value]))",
        "sort_by(a, &b)[0].c || d",
        "a[].b[].c[0:2]",
        "{name: a, phone: b.c}",
    ],
)
def test_usual_expressions_are_accepted(expression: str) -> None:
    """The bound leaves room for what systems need."""
    FieldMapping(fields={"content": expression})


def test_a_number_that_no_function_takes_is_a_fault() -> None:
    """The library raises an error of Python there, not one of its own."""
    mapping = FieldMapping(fields={"content": "ceil(to_number(a))"})
    with pytest.raises(FaultError, match="does not fit"):
        mapping.apply({"a": "1e999"})


def test_words_of_a_field_that_is_not_mapped_are_refused() -> None:
    """They would never be used."""
    with pytest.raises(MappingError, match="fields has no urgency"):
        FieldMapping(fields={"title": "a"}, values={"urgency": {"T1": "紧急"}})


def test_a_word_of_json_is_found_as_it_is_written() -> None:
    """The message has true, and the mapping says true."""
    mapping = FieldMapping({"urgency": "u"}, values={"urgency": {"true": "紧急", "1": "一般"}})
    assert [report["urgency"] for report in mapping.apply([{"u": True}, {"u": 1}])] == [
        "紧急",
        "一般",
    ]
