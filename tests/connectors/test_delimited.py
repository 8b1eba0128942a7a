"""Delimited text and HTML tables: only bad rows are rejected, and sentences are not totals."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats.sheets.delimited import read_delimited
from schemas.channel import Channel
from schemas.reports.fact import Decoded, Fact
from schemas.reports.rejected import Reason
from tests.connectors.messages import decode

NEEDED = ("工单编号", "来电时间", "诉求内容")
HEADER = ",".join(NEEDED)
TIME = "2026-03-02 12:00"


def table(*lines: str, ends: str = "\r\n") -> Decoded:
    """Return what these lines become on the channel of transport reports."""
    return decode(Channel.TRANSPORT_12328, ends.join(lines).encode())


def only(decoded: Decoded) -> Fact:
    """Return the one fact of a message without faults."""
    assert [fault.detail for fault in decoded.faults] == []
    [fact] = decoded.facts
    return fact


CELLS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=12
).map(lambda text: "事" + text.rstrip())


@given(
    st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=5),
    st.sampled_from(("\n", "\r\n")),
    st.sampled_from((",", ";", "\t", "|")),
)
def test_quoted_cells_are_read_unchanged(
    rows: list[tuple[str, str, str]], ends: str, delimiter: str
) -> None:
    """Our reader returns what Python's writer wrote: any delimiter, line end and text."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, lineterminator=ends)
    writer.writerows([NEEDED, *rows])
    sheet = read_delimited(written.getvalue(), NEEDED)
    assert [tuple(row.texts) for row in sheet.rows[1:]] == [
        tuple(cell.strip(" \t\n") for cell in row) for row in rows
    ]
    assert [row.fault for row in sheet.rows] == [None] * (len(rows) + 1)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_cr_lf_and_crlf_end_lines(end: str) -> None:
    """Old Macs, Unix and Windows; a line break in quotes is part of the words."""
    fact = only(table(HEADER, f'K-1,{TIME},"公交车{end}不停站"', ends=end))
    assert fact.content == "公交车\n不停站"


@pytest.mark.parametrize("char", ["\u2028", "\u0085", "\v", "\f", "\x1e"])
def test_other_separators_end_no_line(char: str) -> None:
    """They come from phones and word processors inside a sentence."""
    decoded = table(HEADER, f"K-1,{TIME},公交车{char}到站不停", f"K-2,{TIME},绕路")
    assert [fact.native_id for fact in decoded.facts] == ["K-1", "K-2"]
    assert decoded.facts[0].content.endswith("到站不停")


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (f'K-1,{TIME},"不停站', Reason.BAD_SYNTAX),
        (f'K-1,{TIME},"不停"站', Reason.BAD_SYNTAX),
        (f"K-1,{TIME},不停站,多出的", Reason.BAD_SYNTAX),
        ("K-1", Reason.BAD_SYNTAX),
        (f"2.02603E+17,{TIME},不停站", Reason.BAD_VALUE),
        (f"K-1,{TIME},=1+1", Reason.FORBIDDEN_CONTENT),
        (f'K-1,{TIME},"=HYPERLINK(""x"")"', Reason.FORBIDDEN_CONTENT),
        (f"K-1,{TIME},@SUM(A1)", Reason.FORBIDDEN_CONTENT),
        (f"K-1,{TIME},-cmd(A1)", Reason.FORBIDDEN_CONTENT),
        (f'K-1,{TIME},"=""=1+1"""', Reason.FORBIDDEN_CONTENT),
        (f",{TIME},共计三次投诉", Reason.MISSING_FIELD),
    ],
)
def test_one_bad_row_is_one_rejection(bad: str, reason: Reason) -> None:
    """The rows above and below are read, and the rejection has the row's own line and bytes."""
    decoded = table(HEADER, f"K-0,{TIME},绕路", bad, f'K-2,{TIME},"说""快""了"')
    assert [fact.native_id for fact in decoded.facts] == ["K-0", "K-2"]
    [fault] = decoded.faults
    assert fault.reason is reason
    assert fault.position.startswith("line 3")
    assert fault.part == f"{bad}\r\n".encode()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('="202603010000012345"', "202603010000012345"),
        ('"=""00123"""', "00123"),
        ("'202603010000012345", "202603010000012345"),
        ("’00123", "00123"),
        ("202603010000012345", "202603010000012345"),
        ("\t202603010000012345", "202603010000012345"),
    ],
)
def test_marks_that_keep_a_number_whole_are_not_part_of_it(written: str, read: str) -> None:
    """Exporters write them so that a spreadsheet does not turn the text into a number."""
    assert only(table(HEADER, f"{written},{TIME},绕路")).native_id == read


@pytest.mark.parametrize(
    "words", ["'90后'司机绕路", "-5元也收", "+86 138 也打不通", "共计3次", "合计"]
)
def test_words_that_look_like_marks_stay(words: str) -> None:
    """A quotation mark, a minus or a total may be part of a citizen's words."""
    assert only(table("诉求内容,工单编号,来电时间", f"{words},K-1,{TIME}")).content == words


@pytest.mark.parametrize("line", ["合计,2,", "总计：2件,,", "本页小计,,12", "共计 2 件,,"])
def test_totals_are_skipped_and_counted(line: str) -> None:
    """A total at the foot has no time, or no order number."""
    decoded = table(HEADER, f"K-1,{TIME},绕路", line)
    assert decoded.skipped == {"total": 1}
    assert decoded.faults == ()


def test_a_damaged_order_number_is_refused() -> None:
    """Orders that differ in the damaged character would become one."""
    body = f"{HEADER}\n".encode() + "K单".encode()[:-1] + f",{TIME},绕路\nK-2,{TIME},绕路".encode()
    decoded = decode(Channel.TRANSPORT_12328, body)
    assert [fact.native_id for fact in decoded.facts] == ["K-2"]
    assert [fault.reason for fault in decoded.faults] == [Reason.BAD_CHARSET]


def test_trailing_cells_may_be_missing_or_empty() -> None:
    """Spreadsheets leave out empty cells at the end of a line, or write one too many."""
    decoded = table(f"{HEADER},地点,紧急程度", f"K-1,{TIME},绕路", f"K-2,{TIME},绕路,,,,,")
    assert [fact.native_id for fact in decoded.facts] == ["K-1", "K-2"]


def test_columns_of_one_name_and_of_none_are_all_kept() -> None:
    """`native` has the second 备注 and a cell below an empty name."""
    fact = only(table(f"{HEADER},备注,备注,,备注", f"K-1,{TIME},绕路,甲,乙,丙,丁"))
    assert fact.native == {"备注": "甲", "备注 (2)": "乙", "备注 (3)": "丁", "第6列": "丙"}


def test_a_required_column_twice_is_refused() -> None:
    """The hub does not guess which of two order numbers counts."""
    [fault] = table(f"{HEADER},工单编号", f"K-1,{TIME},绕路,K-2").faults
    assert (fault.reason, fault.position) == (Reason.BAD_SYNTAX, "line 1")


def test_a_header_may_have_marks_of_a_template_and_be_below_a_title() -> None:
    """Templates mark required columns; the first line is a title."""
    header = "*工单编号,来电时间（必填）,诉求 内容："
    assert only(table("12328工单明细,,", "", header, f"K-1,{TIME},绕路")).content == "绕路"


def test_a_repeated_header_is_skipped() -> None:
    """Files that were joined have the header in their middle."""
    decoded = table(HEADER, f"K-1,{TIME},绕路", HEADER, f"K-2,{TIME},绕路")
    assert (len(decoded.facts), decoded.skipped, decoded.faults) == (2, {"header again": 1}, ())


def test_a_separator_line_names_the_delimiter() -> None:
    """`sep=;` is for spreadsheets; a comma is then part of the words."""
    fact = only(table("\ufeffsep=;", HEADER.replace(",", ";"), f"K-1;{TIME};绕路,还骂人"))
    assert fact.content == "绕路,还骂人"


def test_an_html_table_under_the_name_of_a_workbook_is_read() -> None:
    """Web systems export it; spans, breaks and references mean what a browser shows."""
    html = (
        '<meta charset="gbk"><table><tr><td colspan=4>三月</td></tr>'
        "<tr><th>工单号<th>受理时间<th>单位名称<th>诉求内容</tr>"
        f"<tr><td>202603010000012345<td>{TIME}<td rowspan=2>宏图<td>欠薪<br>三个月 &lt;急&gt;</tr>"
        f"<tr><td>K-2<td>{TIME}<td>社保</tr>"
        f'<tr style="display: none"><td>K-3<td>{TIME}<td>x<td>隐</tr></table>'
    )
    decoded = decode(Channel.LABOUR_12333, html.encode("gb18030"))
    assert [(fact.native_id, fact.object_name, fact.content) for fact in decoded.facts] == [
        ("202603010000012345", "宏图", "欠薪\n三个月 <急>"),
        ("K-2", "宏图", "社保"),
    ]
    assert decoded.skipped == {"hidden row": 1}


def test_a_text_under_the_name_of_a_workbook_is_read() -> None:
    """Tab-separated text is what other systems call .xls."""
    body = f"工单号\t受理时间\t诉求内容\nK-1\t{TIME}\t欠薪".encode("utf-16")
    assert only(decode(Channel.LABOUR_12333, body)).native_id == "K-1"
