"""The list of cities as people write it, by hand or with Excel."""

from pathlib import Path

import pytest

from hub.province.cities import CitiesError, City, load_cities, read_token
from tests.hub.province.builders import city

HEADER = "代码,名称,地址,令牌文件,常住人口\n"


def loaded(folder: Path, text: str, encoding: str = "utf-8") -> tuple[City, ...]:
    """Return the cities of a file with this text."""
    path = folder / "cities.csv"
    path.write_bytes(text.encode(encoding))
    return load_cities(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_encodings_of_excel_are_read(tmp_path: Path, encoding: str) -> None:
    """UTF-8 with and without a mark, and GBK."""
    line = "420281,大冶市,https://hub.daye.example,tokens/420281,837000\n"
    (known,) = loaded(tmp_path, HEADER + line, encoding)
    assert (known.code, known.name, known.inhabitants) == ("420281", "大冶市", 837_000)


def test_english_headers_in_another_order_are_read(tmp_path: Path) -> None:
    """The names of the columns in the code are headers too."""
    text = "name,code,token_file,address\n大冶市,420281,t,https://a.example\n"
    (known,) = loaded(tmp_path, text)
    assert known.inhabitants is None


@pytest.mark.parametrize("code", ["420281", "４２０２８１", "420281.0", " 420281 "])
def test_a_code_that_excel_has_changed_is_read(tmp_path: Path, code: str) -> None:
    """Full-width digits, a number with a point, blanks."""
    (known,) = loaded(tmp_path, f"{HEADER}{code},市,https://a.example,t,\n")
    assert known.code == "420281"


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("640000", 640_000),
        ('"640,000"', 640_000),
        ("６４００００", 640_000),
        ("640000.0", 640_000),
        ("64万", 640_000),
        ("64.5万人", 645_000),
        ("", None),
    ],
)
def test_inhabitants_are_read_as_offices_write_them(
    tmp_path: Path, cell: str, number: int | None
) -> None:
    """Separators, full-width digits, 万 and 人."""
    (known,) = loaded(tmp_path, f"{HEADER}420281,市,https://a.example,t,{cell}\n")
    assert known.inhabitants == number


@pytest.mark.parametrize(
    "address",
    [
        "https://a.example",
        "https://a.example/",
        " https://a.example ",
        "https：／／a.example",
        "https://a.example/api/province/figures",
    ],
)
def test_an_address_is_read_as_it_was_copied(tmp_path: Path, address: str) -> None:
    """With a slash at its end, full-width signs, or the whole path."""
    (known,) = loaded(tmp_path, f"{HEADER}420281,市,{address},t,\n")
    assert known.address == "https://a.example"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("42028,市,https://a.example,t,", "line 2: code"),
        ("合计,市,https://a.example,t,", "row of totals"),
        ("420281,市,a.example,t,", "write the address as https"),
        ("420281,市,ftp://a.example,t,", "write the address as https"),
        ("420281,市,https://u:p@a.example,t,", "no user, password"),
        ("420281,市,https://a.example?token=1,t,", "no user, password"),
        ("420281,市,https://a.example,,", "token_file"),
        ("420281,市,https://a.example,t,很多", "inhabitants in digits"),
        ("420281,市,https://a.example,t,0", "inhabitants"),
        ("420281,市,https://a.example,t,NaN", "inhabitants"),
        ("420281,市,https://[a,t,", "write the address as https"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, reason: str) -> None:
    """The message has the line, what is wrong and what to write."""
    with pytest.raises(CitiesError, match=reason):
        loaded(tmp_path, f"{HEADER}{line}\n")


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    """One fault does not hide another; a blank row is none."""
    text = f"{HEADER}1,市,https://a.example,t,\n,,,,\n420281,市,a.example,t,\n"
    with pytest.raises(CitiesError, match=r"line 2: code.*\n.*line 4: address"):
        loaded(tmp_path, text)


def test_a_code_stands_once(tmp_path: Path) -> None:
    """Two rows with one code, also in different digits, are a mistake of copying."""
    line = "420281,市,https://a.example,t,\n４２０２８１,县,https://b.example,t,\n"
    with pytest.raises(CitiesError, match="two rows have the code 420281"):
        loaded(tmp_path, HEADER + line)


def test_a_list_without_a_city_or_without_a_file_is_refused(tmp_path: Path) -> None:
    """The message says what to write."""
    with pytest.raises(CitiesError, match="has no city"):
        loaded(tmp_path, HEADER)
    with pytest.raises(CitiesError, match="令牌文件"):
        load_cities(tmp_path / "absent.csv")


def test_a_token_file_has_one_token(tmp_path: Path) -> None:
    """A mark and a line break around it are no part of it; anything else is refused."""
    path = tmp_path / "token"
    path.write_bytes("\ufeffabc-123\r\n".encode())
    assert read_token(city(), tmp_path) == "abc-123"
    for wrong in (b"", b"\n", b"token: abc", "令牌".encode(), b"\xff\xfe", b"a\nb"):
        path.write_bytes(wrong)
        with pytest.raises(ValueError):  # noqa: PT011 - UnicodeDecodeError has its own text
            read_token(city(), tmp_path)
