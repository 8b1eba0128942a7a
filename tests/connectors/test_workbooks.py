"""Workbooks are read as their readers see them, without a lost digit or a lost row."""

import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats.sheets.numbers import is_exact, number_cell
from connectors.formats.sheets.sheet import Flaw
from schemas.channel import Channel
from schemas.reports.fact import Decoded, Fact
from schemas.reports.rejected import Reason
from tests.builders.workbooks import HEADER, MAIN, STRICT, number, package, packed, row
from tests.connectors.messages import decode

DAY = number("46083.5")
"""2026-03-02 12:00 in the 1900 date system."""


def labour(rows: str, **parts: str) -> Decoded:
    """Return what a workbook with these rows becomes on the channel of labour reports."""
    return decode(Channel.LABOUR_12333, package(rows, **parts))


def only(decoded: Decoded) -> Fact:
    """Return the one fact of a message without faults."""
    assert [fault.detail for fault in decoded.faults] == []
    [fact] = decoded.facts
    return fact


def decode_row(*cells: str, more: tuple[str, ...] = (), **parts: str) -> Decoded:
    """Return what a table of one row becomes; `more` are further columns."""
    return labour(row(1, *HEADER, *more) + row(2, *cells), **parts)


@given(st.integers(0, 10**15 - 1))
def test_up_to_15_digits_a_number_cell_gives_its_digits(whole: int) -> None:
    """Written in full or in scientific form, the text is the whole number."""
    for written in (str(whole), f"{whole:.14E}", repr(float(whole))):
        cell = number_cell(written)
        assert (cell.text, cell.flaw) == (str(whole), None)


@given(st.integers(10**15, 10**20 - 1))
def test_a_longer_number_is_whole_or_marked(whole: int) -> None:
    """What a spreadsheet of 15 digits leaves of it, and its form as a double, are never trusted."""
    kept = int(f"{whole:.14E}".replace(".", "").split("E")[0]) * 10 ** (len(str(whole)) - 15)
    assert number_cell(str(kept)).flaw is Flaw.CUT
    assert number_cell(repr(float(whole))).flaw is Flaw.CUT or float(whole) == whole < 2**53
    if is_exact(whole):
        assert number_cell(str(whole)).text == str(whole)


@given(st.integers(10**17, 10**20 - 1))
def test_a_double_printed_in_full_is_not_trusted(whole: int) -> None:
    """Programs print a double with all its digits, of which the last are not the sender's."""
    assert number_cell(f"{float(whole):.0f}").flaw is Flaw.CUT


@pytest.mark.parametrize(
    "cell", [number("202603010000012000"), number("2.02603010000012E+17"), "2.02603E+17"]
)
def test_a_cut_order_number_is_refused_with_advice(cell: str) -> None:
    """Two orders would share what is left of their numbers."""
    decoded = decode_row(cell, DAY, "欠薪")
    assert [(fault.reason, fault.position) for fault in decoded.faults] == [
        (Reason.BAD_VALUE, "三月 row 2 column 工单号")
    ]
    assert "15" in decoded.faults[0].detail
    assert "文本" in decoded.faults[0].detail


def test_a_cut_number_elsewhere_is_kept_with_a_note() -> None:
    """A bank card number that Excel has cut does not reject the report."""
    fact = only(
        decode_row("K-1", DAY, "欠薪", number("6222020200112230000"), more=("银行卡号",)),
    )
    assert fact.native["银行卡号"] == "6222020200112230000"
    assert "银行卡号" in fact.native["注意"]


def test_a_format_of_zeros_is_part_of_the_number() -> None:
    """An order number that everybody sees as 0020260012 is that."""
    styles = (
        '<numFmts><numFmt numFmtId="164" formatCode="0000000000"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs>'
    )
    assert (
        only(decode_row(number("20260012", 1), DAY, "欠薪", styles=styles)).native_id
        == "0020260012"
    )


@pytest.mark.parametrize("style", [0, 1])
def test_the_1904_date_system_holds_for_dates_and_plain_numbers(style: int) -> None:
    """A workbook of an old Mac counts its days from 1904."""
    fact = only(
        decode_row(
            "K-1",
            number("44621.5", style),
            "欠薪",
            workbook='<workbookPr date1904="1"/>',
            styles='<cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs>',
        )
    )
    assert fact.occurred_at.isoformat() == "2026-03-02T12:00:00+08:00"


def test_dates_in_chinese_built_in_formats_are_dates() -> None:
    """Format 31 is 2026年3月2日 in Chinese versions and has no entry in the style sheet."""
    styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="31"/></cellXfs>'
    fact = only(
        decode_row("K-1", DAY, "欠薪", number("46083", 1), more=("入职日期",), styles=styles)
    )
    assert fact.native["入职日期"] == "2026-03-02"


def test_a_number_that_is_a_written_date_is_no_serial() -> None:
    """20260302 in a number cell is a day, not the day number 20,260,302."""
    fact = only(decode_row("K-1", number("20260302"), "欠薪"))
    assert fact.occurred_at.isoformat() == "2026-03-02T00:00:00+08:00"


def test_merged_values_stand_in_each_row_that_has_its_own() -> None:
    """One employer for three workers; the empty row below stays no report."""
    rows = row(1, *HEADER, "单位名称") + row(2, "K-1", DAY, "欠薪", "宏图")
    rows += row(3, "K-2", DAY, "社保") + row(4, "<c/>") + row(5, "K-3", DAY, "工伤")
    decoded = labour(rows, after='<mergeCells><mergeCell ref="D2:D4"/></mergeCells>')
    assert [(fact.native_id, fact.object_name) for fact in decoded.facts] == [
        ("K-1", "宏图"),
        ("K-2", "宏图"),
        ("K-3", ""),
    ]
    assert decoded.faults == ()


def test_a_formula_counts_with_its_stored_result_only() -> None:
    """Without a result there is nothing that anybody has seen; the row says which cell it is."""
    result = '<c t="str"><f>VLOOKUP(A2,Z:Z,1,0)</f><v>宏图</v></c>'
    assert only(decode_row("K-1", DAY, "欠薪", result, more=("单位名称",))).object_name == "宏图"
    decoded = decode_row("K-1", DAY, "<c><f>1+1</f></c>")
    assert [(fault.reason, fault.position) for fault in decoded.faults] == [
        (Reason.FORBIDDEN_CONTENT, "三月 row 2 cell C2")
    ]


def test_an_error_value_is_no_value() -> None:
    """#N/A of a lookup is kept in native; in a required column it is a reason to refuse."""
    error = '<c t="e"><v>#N/A</v></c>'
    fact = only(decode_row("K-1", DAY, "欠薪", error, more=("单位名称",)))
    assert (fact.object_name, fact.native["单位名称"]) == ("", "#N/A")
    assert [fault.reason for fault in decode_row("K-1", DAY, error).faults] == [Reason.BAD_VALUE]


def test_a_picture_of_wps_is_a_text_in_native() -> None:
    """WPS stores =DISPIMG as the result of its own formula."""
    picture = '<c t="str"><f>_xlfn.DISPIMG("ID_1",1)</f><v>=DISPIMG("ID_1",1)</v></c>'
    fact = only(decode_row("K-1", DAY, "欠薪", picture, more=("图片",)))
    assert fact.native == {"图片": '=DISPIMG("ID_1",1)'}


def test_escapes_of_excel_are_their_characters() -> None:
    """_x000D_ is a carriage return; _x005F_ escapes an underscore that is meant."""
    assert only(decode_row("K-1", DAY, "欠薪_x000D_\n三个月")).content == "欠薪\n三个月"
    assert only(decode_row("K-1", DAY, "型号_x005F_x000D_")).content == "型号_x000D_"


def test_rich_text_is_whole_and_phonetics_are_not_text() -> None:
    """A word in bold stays part of its sentence."""
    rich = '<c t="inlineStr"><is><r><t>拖欠</t></r><r><t>工资</t></r><rPh><t>gz</t></rPh></is></c>'
    assert only(decode_row("K-1", DAY, rich)).content == "拖欠工资"


def test_strict_names_backslashes_and_odd_styles_are_read() -> None:
    """Odd names of parts, other namespaces or a broken font do not change the values."""
    written = '<c t="d"><v>2026-03-02T12:00:00</v></c>'
    parts = {
        "xl\\workbook.xml": f'<workbook xmlns="{STRICT}"><sheets><sheet name="三月" r:id="r1" '
        'xmlns:r="http://purl.oclc.org/ooxml/officeDocument/relationships"/></sheets></workbook>',
        "xl\\_rels\\workbook.xml.rels": '<Relationships><Relationship Id="r1" Type="x/worksheet" '
        'Target="/xl/worksheets/a.xml"/></Relationships>',
        "xl\\worksheets\\a.xml": f'<worksheet xmlns="{STRICT}"><sheetData>'
        f"{row(1, *HEADER)}{row(2, 'K-1', written, '欠薪')}</sheetData></worksheet>",
        "xl\\styles.xml": f'<styleSheet xmlns="{MAIN}"><fonts><font><family val="99"/></font>'
        "</fonts></styleSheet>",
    }
    body = packed({name: content.encode() for name, content in parts.items()})
    fact = only(decode(Channel.LABOUR_12333, body))
    assert (fact.native_id, fact.occurred_at.day) == ("K-1", 2)


def test_a_control_character_in_a_sheet_costs_itself() -> None:
    """Exporters paste a vertical tab from a form into the XML."""
    assert only(decode_row("K-1", DAY, "欠薪\x0b三个月")).content == "欠薪\n三个月"


def test_an_entity_in_a_sheet_is_refused() -> None:
    """A DTD inside a workbook is an attack, not a table."""
    body = package("").replace(b"<worksheet ", b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet ')
    parts = {"xl/workbook.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><workbook/>'}
    for attack in (packed(parts), body):
        decoded = decode(Channel.LABOUR_12333, attack)
        assert decoded.facts == ()
        assert len(decoded.faults) == 1
    assert decode(Channel.LABOUR_12333, packed(parts)).faults[0].reason is Reason.FORBIDDEN_CONTENT


@pytest.mark.parametrize(
    ("body", "reason", "word"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), Reason.BAD_SYNTAX, "另存为"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            Reason.BAD_CIPHER,
            "密码",
        ),
        (packed({"xl/workbook.bin": b"x"}), Reason.UNSUPPORTED_TYPE, ".xlsx"),
        (packed({"content.xml": b"<a/>"}), Reason.UNSUPPORTED_TYPE, ".xlsx"),
        (b"%PDF-1.7", Reason.UNSUPPORTED_TYPE, "PDF"),
        (b"MIME-Version: 1.0\r\n", Reason.UNSUPPORTED_TYPE, ".xlsx"),
        (
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
            Reason.UNSUPPORTED_TYPE,
            ".xlsx",
        ),
    ],
)
def test_other_formats_are_refused_with_what_to_save_as(
    body: bytes, reason: Reason, word: str
) -> None:
    """The clerk reads what to do, not that a file is no ZIP."""
    [fault] = decode(Channel.LABOUR_12333, body).faults
    assert fault.reason is reason
    assert word in fault.detail


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C",)), min_size=1, max_size=40))
def test_a_text_that_openpyxl_writes_is_read_as_it_is(words: str) -> None:
    """The reader agrees with the most used writer about every text."""
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    book.active.append(["K-1", "2026-03-02 12:00", "欠薪"])
    book.active["C2"].value = "事" + words
    content = io.BytesIO()
    book.save(content)
    assert only(decode(Channel.LABOUR_12333, content.getvalue())).content == ("事" + words).strip()
