"""Service items: words, promises and times as window systems and their exports write them."""

import io
import json
from datetime import datetime, timedelta
from typing import Any

import openpyxl
import pytest

from connectors.contract import DecodeContext
from connectors.mapping.field_mapping import FieldMapping, mapped_connector
from connectors.registry import load_connectors
from schemas.base import BEIJING
from schemas.channel import Channel
from schemas.reports.fact import Contact, Decoded, Fact, Kind
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason
from schemas.reports.service import ServiceStage as S
from tests.contract.samples import RECEIPT, RECEIVED_AT, load_samples

CONNECTOR = load_connectors()[Channel.SERVICE_ITEMS]
ITEM = {"itemNo": "1", "taskName": "社保卡补换"}
AT = "2026-03-02 09:00:00"


def decode_bytes(body: bytes, transport: Transport = Transport.HTTP) -> Decoded:
    """Decode a body that was received now."""
    raw = RawMessage(
        receipt_id=RECEIPT,
        channel=Channel.SERVICE_ITEMS,
        transport=transport,
        received_at=RECEIVED_AT,
        body=body,
    )
    return CONNECTOR.decode_batch([raw], DecodeContext())[0]


def decode(**fields: Any) -> tuple[Fact, ...]:
    """Return the facts of one record; it has no fault."""
    decoded = decode_bytes(json.dumps(ITEM | fields, ensure_ascii=False).encode())
    assert decoded.faults == ()
    return decoded.facts


def stage_of(**fields: Any) -> S:
    """Return the stage of a record that has one."""
    (fact,) = decode(at=AT, **fields)
    assert fact.service is not None
    return fact.service.stage


def sample(name: str) -> tuple[Fact, ...]:
    """Return the facts of a recorded sample."""
    (known,) = (s for s in load_samples() if str(s) == f"service_items/{name}")
    return CONNECTOR.decode_batch([known.raw], known.context)[0].facts


def workbook(*rows: tuple[Any, ...]) -> bytes:
    """Return an Excel workbook with these rows."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize(
    ("stage", "state", "expected"),
    [
        ("受理", "", S.ACCEPTED),
        ("", "已受理", S.ACCEPTED),
        ("审查", "办理中", S.REVIEWED),
        ("审查", "补正", S.CORRECTION),
        ("审查", "特别程序", S.SPECIAL),
        ("决定", "已办结", S.DECIDED),
        ("受理", "撤回", S.WITHDRAWN),
        ("受理", "不予受理", S.REFUSED),
        (" （办结） ", "", S.DECIDED),
        ("ACCEPTED", "", S.ACCEPTED),
    ],
)
def test_words_name_a_stage(stage: str, state: str, expected: S) -> None:
    """A state that stops or ends the item says more than the stage beside it."""
    assert stage_of(stage=stage, state=state) is expected


@pytest.mark.parametrize(
    ("written", "days"),
    [
        (5, 5),
        ("5", 5),
        ("５个工作日", 5),
        ("20日", 20),
        ("15.0", 15),
        (3.0, 3),
        ("即办件", 0),
        ("0", 0),
        ("", None),
        (None, None),
        ("无", None),
    ],
)
def test_a_promise_is_in_working_days(written: Any, days: int | None) -> None:
    """Numbers, texts and 即办 are read; a blank is no promise."""
    (fact,) = decode(stage="受理", at=AT, promiseDays=written)
    assert fact.service is not None
    assert fact.service.promised_days == days
    assert "unread" not in fact.native


@pytest.mark.parametrize("written", ["大约一周", "-3", "99999", "3小时"])
def test_a_promise_that_cannot_be_read_is_kept(written: str) -> None:
    """The stage is accepted without it."""
    (fact,) = decode(stage="受理", at=AT, promiseDays=written)
    assert fact.service is not None
    assert fact.service.promised_days is None
    assert fact.native["promiseDays"] == written
    assert "working days" in fact.native["unread"]["promiseDays"]


def test_the_row_of_an_export_has_a_stage_for_each_time() -> None:
    """Three times and a state that is one of them are three stages, each with its own time."""
    facts = [fact for fact in sample("odd_snapshots.json") if fact.native_id == "20260226000117"]
    assert [(fact.service and fact.service.stage, fact.occurred_at) for fact in facts] == [
        (S.APPLIED, datetime(2026, 2, 26, 9, 10, tzinfo=BEIJING)),
        (S.ACCEPTED, datetime(2026, 2, 26, 10, 5, tzinfo=BEIJING)),
        (S.DECIDED, datetime(2026, 3, 2, 16, 30, tzinfo=BEIJING)),
    ]
    service = facts[0].service
    assert service is not None
    assert (service.promised_days, service.promised_at) == (
        2,
        datetime(2026, 3, 2, tzinfo=BEIJING),
    )
    assert {fact.kind for fact in facts} == {Kind.SERVICE_STAGE}
    assert facts[0].place.division_code == "429999001001"


def test_what_an_export_says_without_a_time_is_kept_with_the_reason() -> None:
    """A withdrawal without its time stops nothing, and is not silent; nor is an unknown word."""
    by_number = {fact.native_id: fact for fact in sample("odd_snapshots.json")}
    assert "撤回" in by_number["B-4"].native["unread"]["state"]
    assert by_number["B-3"].native["unread"].keys() == {"deliverTime"}
    assert by_number["B-2"].native["unread"].keys() == {"promiseDays", "stage"}


def test_people_are_contacts_and_companies_are_not() -> None:
    """The person who applies for a company is the contact; its number is sealed too."""
    person, company = sample("ordinary.json")
    assert person.contact == Contact(
        name="王小红", phone="13871550041", id_number="429999199203124521"
    )
    assert person.object_name == ""
    assert (company.contact.name, company.contact.phone) == ("李四喜", "13871550042")
    assert company.contact.account == "92420281MA4D00000X"
    assert company.object_name == "清河县老街面馆"
    assert person.native["windowNo"] == "A12"
    assert person.native["envelope"] == {"batchNo": "P20260303-7"}
    assert "王小红" not in json.dumps(dict(person.native), ensure_ascii=False)


def test_somebody_who_applies_for_another_is_a_second_contact() -> None:
    """Both are sealed."""
    (fact,) = decode(stage="受理", at=AT, applicant="周大妈", agent="周小明", agentPhone="119")
    assert (fact.contact.name, fact.others) == ("周大妈", (Contact(name="周小明", phone="119"),))


def test_the_same_stage_has_the_same_revision() -> None:
    """Zones, forms of the time and numbers as text make no difference; another time does."""
    revisions = {
        decode(stage="受理", at=at, promiseDays=days)[0].revision
        for at, days in (
            (AT, 5),
            ("2026-03-02T01:00:00Z", "5"),
            (1772413200, "5个工作日"),
            ("2026年3月2日 9时", 5.0),
        )
    }
    assert len(revisions) == 1
    again = decode(stage="受理", at="2026-03-02 10:00:00", promiseDays=5)[0].revision
    assert again not in revisions
    assert again.startswith("accepted-")


def test_an_excel_export_is_read() -> None:
    """Dates as cells and as serials, numbers as numbers, a title, a total and a row twice."""
    row = (
        20260302001,
        "教育入学",
        "孙丽",
        13871550044,
        datetime.fromisoformat("2026-03-02T08:30"),
        46083.5,
        10,
        "在办",
    )
    body = workbook(
        ("窗口办件日报",),
        (
            *("办件编号", "事项名称", "申请人", "联系电话"),
            *("申请时间", "受理时间", "承诺时限", "办件状态"),
        ),
        row,
        row,
        ("合计", None, "1件"),
    )
    decoded = decode_bytes(body, Transport.FILE)
    assert decoded.faults == ()
    assert (decoded.duplicates, dict(decoded.skipped)) == (2, {"total": 1})
    applied, accepted = decoded.facts
    assert (applied.native_id, applied.contact.phone) == ("20260302001", "13871550044")
    assert applied.occurred_at == datetime(2026, 3, 2, 8, 30, tzinfo=BEIJING)
    assert accepted.occurred_at == datetime(2026, 3, 2, 12, 0, tzinfo=BEIJING)
    assert accepted.service is not None
    assert accepted.service.promised_days == 10


def test_a_number_that_excel_has_cut_is_refused() -> None:
    """Two items whose numbers differ in the lost digits would become one."""
    body = workbook(
        ("办件编号", "事项名称", "受理时间"),
        (429999202603020001, "教育入学", "2026-03-02"),
        ("429999202603020002", "教育入学", "2026-03-02"),
    )
    decoded = decode_bytes(body, Transport.FILE)
    assert [fault.reason for fault in decoded.faults] == [Reason.BAD_VALUE]
    assert [fact.native_id for fact in decoded.facts] == ["429999202603020002"]


def test_an_export_in_gbk_keeps_zeros_at_the_front() -> None:
    """`="00420001"` is how exporters keep a number whole; a masked person stays masked."""
    first = sample("odd_export.csv")[0]
    assert first.native_id == "00420001"
    assert first.service is not None
    assert (first.service.item_name, first.service.promised_days) == ("社保卡补换", 0)


@pytest.mark.parametrize("name", ["taskName", "department", "theme", "step"])
def test_a_name_of_a_hundred_thousand_characters_is_cut(name: str) -> None:
    """Its page had five megabytes; the whole name stays in `native`, with the reason."""
    (fact,) = decode(at=AT, stage="审查", **{name: "长" * 100_000})
    assert fact.service is not None
    named = {
        "taskName": fact.service.item_name,
        "department": fact.service.department,
        "theme": fact.service.theme,
        "step": fact.service.step,
    }
    assert named[name] == "长" * 200
    assert len(fact.native[name]) == 100_000
    assert "more than 200 characters" in fact.native["unread"][name]


NINE = datetime.fromisoformat("2026-03-02T09:00")
MAPPED = FieldMapping(
    fields={
        "itemNo": "流水",
        "taskName": "办什么",
        "acceptTime": "收理日",
        "finishTime": "办完日",
        "promiseDays": "限几天",
        "applicant": "办事人",
        "state": "进度",
    },
    values={"state": {"9": "撤件"}},
)


def mapped(body: bytes, mapping: FieldMapping = MAPPED) -> Decoded:
    """Decode a body with the names of another window system."""
    raw = RawMessage(
        receipt_id=RECEIPT,
        channel=Channel.SERVICE_ITEMS,
        transport=Transport.FILE,
        received_at=RECEIVED_AT,
        body=body,
    )
    return mapped_connector(CONNECTOR, mapping).decode_batch([raw], DecodeContext())[0]


def test_an_export_with_other_columns_needs_no_code() -> None:
    """Titles, date cells and text are read as in our own columns; the rest stays in native."""
    body = workbook(
        ("某县政务大厅办件明细",),
        ("流水", "办什么", "办事人", "收理日", "限几天", "单位", "科室", "办完日", "窗口"),
        ("A-7", "社保卡补换", "张三", NINE, "3个工作日", "人社局", "社保科", "", 5),
        ("A-8", "社保卡补换", "李四", "2026/3/2", 3, "人社局", "社保科", NINE + timedelta(2), 6),
    )  # fmt: skip
    office = """join('/', ["单位", "科室"])"""
    decoded = mapped(body, FieldMapping({**MAPPED.fields, "department": office}))
    assert decoded.faults == ()
    assert [(fact.native_id, stage_in(fact)) for fact in decoded.facts] == [
        ("A-7", S.ACCEPTED),
        ("A-8", S.ACCEPTED),
        ("A-8", S.DECIDED),
    ]
    first = decoded.facts[0]
    assert first.service is not None
    assert (first.service.promised_days, first.service.department) == (3, "人社局/社保科")
    assert first.occurred_at == datetime(2026, 3, 2, 9, 0, tzinfo=BEIJING)
    assert first.contact.name == "张三"
    assert first.native["窗口"] == "5"


def test_a_csv_in_gbk_keeps_the_positions_of_its_faults() -> None:
    """A row without its number is rejected by the column that the office sees."""
    rows = "流水,办什么,收理日\nB-1,不动产登记,2026-03-02\n,不动产登记,2026-03-02\n"
    decoded = mapped(rows.encode("gb18030"))
    assert [fact.native_id for fact in decoded.facts] == ["B-1"]
    (fault,) = decoded.faults
    assert fault.reason is Reason.MISSING_FIELD
    assert "column 流水" in fault.position


def test_words_of_another_system_are_translated() -> None:
    """Its code 9 is our 撤件; a pushed list stands where its mapping says."""
    row = {"流水": "C-1", "办什么": "开饭店", "进度": 9, "updateTime": AT}
    mapping = FieldMapping(fields=MAPPED.fields, values=MAPPED.values, items="data.rows")
    body = json.dumps({"data": {"rows": [row]}}, ensure_ascii=False).encode()
    (fact,) = mapped(body, mapping).facts
    assert stage_in(fact) is S.WITHDRAWN


def test_our_own_columns_are_read_beside_a_mapping() -> None:
    """A mapping of some columns leaves the others as they are, also for the header."""
    mapping = FieldMapping(fields={"taskName": "办什么"})
    rows = "办件编号,办什么,受理时间\nD-1,不动产登记,2026-03-02\n"
    (fact,) = mapped(rows.encode(), mapping).facts
    assert (fact.native_id, fact.title) == ("D-1", "不动产登记")


def test_a_table_that_the_mapping_does_not_fit_is_refused_with_its_columns() -> None:
    """Without the column of the number there is no header."""
    decoded = mapped("序号,办什么,收理日\n1,不动产登记,2026-03-02\n".encode())
    assert decoded.facts == ()
    assert "流水" in decoded.faults[0].detail


def stage_in(fact: Fact) -> S:
    """Return the stage of a fact."""
    return fact.service.stage
