"""Service requests of Open311 in all forms that clients post them in."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import DecodeContext, FaultError, Limits
from connectors.open311 import CONNECTOR, REQUEST_ID, Request, read_request
from schemas.channel import Channel
from schemas.reports.fact import Fact
from schemas.reports.raw import RawMessage, Transport
from tests.contract.samples import RECEIPT, RECEIVED_AT

FORM = "application/x-www-form-urlencoded"
PLACED = "service_code=order.parking&address_string=x"
PHOTOS = ("https://example.org/1.jpg", "https://example.org/2.jpg")


def read(body: str | bytes, content_type: str = FORM) -> Request:
    """Read one request."""
    return read_request(body.encode() if isinstance(body, str) else body, content_type, Limits())


def fact_of(body: str | bytes, content_type: str = FORM) -> Fact:
    """Return the fact of one request."""
    raw = RawMessage(
        receipt_id=RECEIPT,
        channel=Channel.OPEN311,
        transport=Transport.HTTP,
        received_at=RECEIVED_AT,
        content_type=content_type,
        headers={REQUEST_ID: "a1"},
        body=body.encode() if isinstance(body, str) else body,
    )
    (decoded,) = CONNECTOR.decode_batch([raw], DecodeContext())
    assert not decoded.faults, decoded.faults
    return decoded.facts[0]


@pytest.mark.parametrize(
    "fields",
    [
        "media_url={}&media_url={}",
        "media_url[]={}&media_url[]={}",
        "media_url[0]={}&media_url[1]={}",
        "media_url={},{}",
        "media_url={}%20{}",
        "media_url={}&media_url={}&media_url=",
    ],
)
def test_all_photos_are_kept(fields: str) -> None:
    """Repeated, with brackets, or several in one value; in the fact and for the answers of GET."""
    fact = fact_of(f"{PLACED}&{fields.format(*map(quote, PHOTOS))}")
    assert [attachment.url for attachment in fact.attachments] == list(PHOTOS)
    assert fact.native["media_url"] == list(PHOTOS)


def test_a_comma_in_an_address_does_not_split_it() -> None:
    """Only a text that begins like an address is one."""
    link = "https://example.org/a,b.jpg"
    assert read(f"{PLACED}&media_url={quote(link)}").media == (link,)


def test_an_attribute_has_all_its_values() -> None:
    """`attribute[code][]` once for each value is a list; a single one stays a text."""
    more = read(
        f"{PLACED}&attribute[DAYS][]=1&attribute[DAYS][]=2&attribute[ONE][]=x"
        "&attribute[PLATE]=A1&attribute[TWICE]=a&attribute[TWICE]=b"
    ).more
    assert more == {
        "attribute[DAYS]": ["1", "2"],
        "attribute[ONE]": ["x"],
        "attribute[PLATE]": "A1",
        "attribute[TWICE]": ["a", "b"],
    }


def multipart(*parts: tuple[str, str, bytes], end: bytes = b"\r\n") -> bytes:
    """Return a body of parts: name, further header text, content."""
    lines = []
    for name, more, content in parts:
        head = f'Content-Disposition: form-data; name="{name}"{more}'.encode()
        lines += [b"--X", head.replace(b"\r\n", end), b"", content]
    return end.join([*lines, b"--X--", b""])


FIELDS = (
    ("service_code", "", b"order.parking"),
    ("lat", "", b"30.05"),
    ("long", "", b"114.9"),
    ("description", "", "乱停车\n两天".encode()),
)


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=X", "multipart/form-data"])
@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_a_multipart_form_is_read(content_type: str, end: bytes) -> None:
    """Also without the boundary in the header, and with line feeds only."""
    photo = ("media", '; filename="前门.jpg"\r\nContent-Type: image/jpeg', b"\xff\xd8abc")
    fact = fact_of(multipart(*FIELDS, photo, end=end), content_type)
    assert (fact.category, fact.content) == ("order.parking", "乱停车\n两天")
    (attachment,) = fact.attachments
    assert (attachment.name, attachment.media_type) == ("前门.jpg", "image/jpeg")
    assert (attachment.size, len(attachment.sha256)) == (5, 64)


def test_a_file_name_in_gbk_is_read() -> None:
    """Older browsers send the bytes of the page's charset in a header."""
    body = multipart(*FIELDS, ("media", "; filename=NAME", b"x"))
    body = body.replace(b"NAME", '"前门.jpg"'.encode("gb18030"))
    (file,) = read(body, "multipart/form-data; boundary=X").files
    assert file.name == "前门.jpg"


def test_a_picture_without_a_file_name_is_a_file() -> None:
    """Its content type says that it is no text."""
    photo = ("media", "\r\nContent-Type: image/png", b"abc")
    request = read(multipart(*FIELDS, photo), "multipart/form-data; boundary=X")
    assert [(file.name, file.size) for file in request.files] == [("media", 3)]


def test_a_damaged_byte_damages_one_character() -> None:
    """U+FFFD replaces it; bytes that are not text at all are refused."""
    words = quote("三楼的路灯坏了三天没有人修")
    assert read(f"{PLACED}&description={words}%FF").form["description"].endswith("修\ufffd")
    with pytest.raises(FaultError, match="neither"):
        read("service_code=order.parking&address_string=%FF%FE")


def test_a_cut_multipart_form_is_refused() -> None:
    """Its sender gets an error; half a report is not accepted."""
    body = multipart(*FIELDS)[:-20]
    with pytest.raises(FaultError, match="multipart"):
        read(body, "multipart/form-data; boundary=X")


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
def test_a_json_object_is_read(content_type: str) -> None:
    """Numbers, lists and attributes have the same place as in a form."""
    fields: dict[str, Any] = {
        "service_code": "order.parking",
        "lat": 30.05,
        "long": 114.9,
        "description": "乱停车",
        "account_id": 12345678901234567890,
        "phone": None,
        "media_url": list(PHOTOS),
        "attribute": {"PLATE": "A1", "DAYS": ["1", "2"]},
        "zz": {"a": 1},
    }
    request = read(json.dumps(fields), content_type)
    assert (request.place.lat, request.place.lon) == (30.05, 114.9)
    assert request.media == PHOTOS
    assert request.form["account_id"] == "12345678901234567890"
    assert request.more["attribute[PLATE]"] == "A1"
    assert request.more["attribute[DAYS]"] == ["1", "2"]
    assert request.more["zz"] == {"a": 1}
    coded = {**fields, "attributes": [{"code": "PLATE", "value": "B2"}]}
    del coded["attribute"]
    assert read(json.dumps([coded])).more["attribute[PLATE]"] == "B2"


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("lat=30.05", "lat and long"),
        ("lat=30.05&address_string=x", "without the other"),
        ("long=114.9&address_id=7", "without the other"),
        ("lat=95&long=400", "globe"),
        ("lat=0&long=0", "no place"),
        ("lat=40.7128&long=-74.006", "not in China"),
        ("lat=nan&long=114.9&address_string=x", "without the other"),
        ("lat=abc&long=114.9&address_string=x", "number"),
        ("lat=inf&long=inf&address_string=x", "number"),
    ],
)
def test_half_and_absurd_coordinates_are_refused(place: str, words: str) -> None:
    """The sender gets the error at once, before any id is drawn."""
    with pytest.raises(FaultError, match=words):
        read(f"service_code=order.parking&{place}")


@pytest.mark.parametrize("blank", ["", "null", "undefined", "0", "0.0"])
def test_blank_coordinates_beside_an_address_are_none(blank: str) -> None:
    """Programs write a missing number in many ways; the address is enough."""
    place = read(f"{PLACED}&lat={blank}&long={blank}").place
    assert (place.text, place.lon, place.lat) == ("x", None, None)


def test_a_second_value_of_a_field_is_kept() -> None:
    """The last one counts, as it always did; native has them all."""
    request = read(f"{PLACED}&description=a&description=b")
    assert request.form["description"] == "b"
    assert request.more["description"] == ["a", "b"]


def test_both_accounts_are_sealed_and_no_key_is_kept() -> None:
    """A device beside an account identifies the same person; the app's key is not kept."""
    fact = fact_of(f"{PLACED}&account_id=ac1&device_id=d1&api_key=k1&jurisdiction_id=qh")
    assert (fact.contact.account, [other.account for other in fact.others]) == ("ac1", ["d1"])
    assert fact.native == {"jurisdiction_id": "qh"}


def test_an_address_id_beside_an_address_is_kept() -> None:
    """The words place the report, the id stays in native."""
    fact = fact_of(f"{PLACED}&address_id=A-17&zipcode=435100")
    assert fact.place.text == "x"
    assert (fact.native["address_id"], fact.native["zipcode"]) == ("A-17", "435100")


def test_names_have_their_usual_order() -> None:
    """The family name comes first in Chinese, last in Latin letters."""
    assert fact_of(f"{PLACED}&first_name=军&last_name=赵").contact.name == "赵军"
    assert fact_of(f"{PLACED}&first_name=John&last_name=Smith").contact.name == "John Smith"


def test_xml_is_refused_with_what_to_send() -> None:
    """GeoReport v2 has no XML in a post."""
    with pytest.raises(FaultError, match="send a form"):
        read("<?xml version='1.0'?><request/>", "text/xml")


@pytest.mark.parametrize("charset", ["utf-8", "gbk", "gb18030"])
@given(words=st.text(st.sampled_from("路灯坏了三天abc 1&=+%\n"), min_size=1, max_size=40))
def test_words_make_the_round_trip(charset: str, words: str) -> None:
    """Percent-encoded in UTF-8 or GBK, they come out as they went in."""
    fields = {"service_code": "order.parking", "address_string": "育才路", "description": words}
    body = urlencode(fields, encoding=charset)
    assert read(body).form["description"] == words.strip()
