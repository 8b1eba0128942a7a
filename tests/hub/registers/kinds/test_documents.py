"""Numbers of documents: mended, checked by their kind, or refused with advice."""

import pytest

from connectors.formats.sheets.sheet import Cell, Flaw
from connectors.values.id_number import check_of
from hub.registers.kinds.documents import checked_number, document_kind, written_number
from schemas.registers.document import DOCUMENT_NAMES, DocumentKind
from tests.builders.register_files import id_number

ID = id_number(7)


def number_of(cell: Cell, kind: DocumentKind | None = None) -> tuple[str, str]:
    """Return the number of a cell, and the notes about it."""
    plain, note = written_number(cell)
    _, number, more = checked_number(plain, kind)
    return number, "; ".join(filter(None, (note, more)))


@pytest.mark.parametrize(
    "written",
    [ID, f" {ID} ", f"{ID}\u3000", f"'{ID}", f"{ID[:6]} {ID[6:14]} {ID[14:]}", ID.lower()],
)
def test_blanks_and_marks_of_a_number_are_taken_off(written: str) -> None:
    """Blanks of any width, the apostrophe of a text cell, and a small x change nothing."""
    assert number_of(Cell(written))[0] == ID


def test_full_width_digits_are_read() -> None:
    """An input method wrote them; the note says so."""
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in ID)
    value, note = number_of(Cell(wide))
    assert value == ID
    assert "full-width" in note


def test_an_old_number_gets_its_form_of_today() -> None:
    """15 digits of GB 11643-1989 become 18; the note says so."""
    value, note = number_of(Cell(ID[:6] + ID[8:17]))
    assert value == ID
    assert "15 digits" in note


@pytest.mark.parametrize(
    ("cell", "advice"),
    [
        (Cell("4.21299E+17"), "lost digits.*文本"),
        (Cell("421299195003020000", None, Flaw.CUT), "lost digits.*文本"),
        (Cell(f"{ID[:4]}**********{ID[14:]}"), "masked with stars"),
        (Cell(ID[:17]), "this has 17"),
        (Cell(f"{int(ID[:1]) + 1}{ID[1:]}"), "check character"),
        (Cell("#N/A", None, Flaw.ERROR), "write the value"),
        (Cell("=A1", None, Flaw.FORMULA), "write the value"),
    ],
)
def test_a_number_that_cannot_be_right_is_refused(cell: Cell, advice: str) -> None:
    """The sentence says what happened to it."""
    with pytest.raises(ValueError, match=advice) as refused:
        number_of(cell)
    assert ID not in str(refused.value)


def test_a_number_without_a_date_of_birth_is_refused() -> None:
    """Its check character may fit by chance."""
    body = "42129919501332001"
    with pytest.raises(ValueError, match="date of birth"):
        number_of(Cell(body + check_of(body)))


def of_18(body: str) -> str:
    """Return a number of 18 characters with its check character."""
    return body + check_of(body)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (of_18("81000019900101001"), DocumentKind.RESIDENCE),
        (of_18("83000019900101002"), DocumentKind.RESIDENCE),
        (of_18("91184019900101001"), DocumentKind.PERMANENT),
        ("GBR310090010112", DocumentKind.PERMANENT),
        ("K640123456", DocumentKind.BIRTH),
        (ID, DocumentKind.ID_CARD),
    ],
)
def test_a_form_that_only_one_document_has_needs_no_kind(number: str, kind: DocumentKind) -> None:
    """A number of 18 characters says by its first digits whose it is."""
    assert checked_number(number, None)[:2] == (kind, number)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("E12345678", DocumentKind.PASSPORT),
        ("AB1234567", DocumentKind.PASSPORT),
        ("H12345678", DocumentKind.HONG_KONG_MACAO),
        ("M1234567801", DocumentKind.HONG_KONG_MACAO),
        ("12345678", DocumentKind.TAIWAN),
    ],
)
def test_other_documents_need_their_kind(number: str, kind: DocumentKind) -> None:
    """Their forms overlap, so the hub does not guess; the sentence says what to write."""
    assert checked_number(number, kind) == (kind, number, "")
    with pytest.raises(ValueError, match="证件类型") as refused:
        checked_number(number, None)
    assert number not in str(refused.value)


@pytest.mark.parametrize(
    ("number", "kind", "advice"),
    [
        ("12345", DocumentKind.HONG_KONG_MACAO, "H or M and 8 digits"),
        ("ABCDEFG", DocumentKind.PASSPORT, "letters and digits"),
        ("K64012345", DocumentKind.BIRTH, "a letter and 9 digits"),
        (ID, DocumentKind.RESIDENCE, "begins with 81 or 82 or 83"),
        (of_18("91184019900101001")[:-1] + "X", DocumentKind.PERMANENT, "check character"),
        ("0", DocumentKind.ID_CARD, "this has 1"),
    ],
)
def test_a_number_that_no_such_document_has_is_refused(
    number: str, kind: DocumentKind, advice: str
) -> None:
    """Where a check character exists it must fit; else the form."""
    with pytest.raises(ValueError, match=advice):
        checked_number(number, kind)


def test_the_kind_of_a_document_is_read_by_usual_names() -> None:
    """An unknown one is refused with the list."""
    assert document_kind(Cell("台胞证")).value is DocumentKind.TAIWAN
    assert document_kind(Cell("passport")).value is DocumentKind.PASSPORT
    assert all(document_kind(Cell(name)).value is kind for kind, name in DOCUMENT_NAMES.items())
    with pytest.raises(ValueError, match="write one of 居民身份证"):
        document_kind(Cell("会员卡"))


def test_a_permit_in_brackets_is_read() -> None:
    """Offices write the issue number of a permit in brackets behind it."""
    assert number_of(Cell("h12345678(01)"), DocumentKind.HONG_KONG_MACAO)[0] == "H1234567801"
