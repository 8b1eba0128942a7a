"""Messages of WeChat's followers: what each type carries, and what is only counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import DecodeContext, Secrets
from connectors.formats.wechat_crypto import encrypt, signature
from connectors.wechat_official import CONNECTOR, MSG_SIGNATURE, NONCE, TIMESTAMP
from schemas.channel import Channel
from schemas.reports.fact import Decoded, Fact
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason
from tests.contract.samples import RECEIPT, RECEIVED_AT

AES_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"


def push(inner: str, *, head: str = "", **secrets: str) -> Decoded:
    """Decode a push of one follower with these fields."""
    body = f"""<xml><ToUserName>gh_1</ToUserName><FromUserName>oAbc</FromUserName>
    <CreateTime>1772323392</CreateTime>{inner}</xml>"""
    raw = RawMessage(
        receipt_id=RECEIPT,
        channel=Channel.WECHAT_OFFICIAL,
        transport=Transport.HTTP,
        received_at=RECEIVED_AT,
        headers={TIMESTAMP: "1772323392", NONCE: "n", MSG_SIGNATURE: head},
        body=body.encode(),
    )
    context = DecodeContext(secrets=Secrets(secrets))
    return CONNECTOR.decode_batch([raw], context)[0]


def fact_of(inner: str) -> Fact:
    """Return the only fact of a push."""
    decoded = push(inner)
    assert not decoded.faults
    (fact,) = decoded.facts
    return fact


def test_a_link_has_title_description_and_address() -> None:
    """All three are in the words of the report, and the address is an attachment."""
    fact = fact_of(
        "<MsgType>link</MsgType><Title>停水</Title><Description>三天了</Description>"
        "<Url>https://example.org/1</Url><MsgId>1</MsgId>"
    )
    assert fact.content == "停水\n三天了\nhttps://example.org/1"
    assert [attachment.url for attachment in fact.attachments] == ["https://example.org/1"]


def test_a_file_has_its_name_and_size() -> None:
    """Followers send files, though no public page has the type; its keys stay in native."""
    fact = fact_of(
        "<MsgType>file</MsgType><Title>小区 材料.docx</Title><Description></Description>"
        "<FileKey>Aw1</FileKey><FileMd5>0a</FileMd5><FileTotalLen>1024</FileTotalLen>"
        "<MsgId>1</MsgId>"
    )
    (attachment,) = fact.attachments
    assert (attachment.name, attachment.size) == ("小区 材料.docx", 1024)
    assert (fact.native["FileKey"], fact.native["FileMd5"]) == ("Aw1", "0a")


def test_a_video_has_its_thumbnail() -> None:
    """Both media ids are attachments."""
    fact = fact_of(
        "<MsgType>video</MsgType><MediaId>m1</MediaId><ThumbMediaId>t1</ThumbMediaId>"
        "<MsgId>1</MsgId>"
    )
    assert [(each.name, each.media_type) for each in fact.attachments] == [
        ("m1", "video"),
        ("t1", "thumb"),
    ]


def test_a_mini_program_card_is_a_message() -> None:
    """Its title are the words, its picture is an attachment, its page stays in native."""
    fact = fact_of(
        "<MsgType>miniprogrampage</MsgType><Title>报修单</Title><AppId>wx1</AppId>"
        "<PagePath>pages/a?id=7</PagePath><ThumbUrl>https://example.org/t.jpg</ThumbUrl>"
        "<ThumbMediaId>t1</ThumbMediaId><MsgId>1</MsgId>"
    )
    assert fact.content == "报修单"
    assert fact.attachments[0].url == "https://example.org/t.jpg"
    assert fact.native["PagePath"] == "pages/a?id=7"


def test_voice_has_its_words_and_its_media() -> None:
    """A recognised voice message is read by its words; format and second media id are kept."""
    fact = fact_of(
        "<MsgType>voice</MsgType><MediaId>m1</MediaId><Format>amr</Format>"
        "<MediaId16K>m2</MediaId16K><Recognition>路灯坏了</Recognition><MsgId>1</MsgId>"
    )
    assert (fact.content, fact.attachments[0].name) == ("路灯坏了", "m1")
    assert (fact.native["Format"], fact.native["MediaId16K"]) == ("amr", "m2")


def test_an_unreadable_location_costs_only_the_point() -> None:
    """The label still places the report; the numbers stay as they came."""
    fact = fact_of(
        "<MsgType>location</MsgType><Location_X>北</Location_X><Location_Y>114.9</Location_Y>"
        "<Label>翠湖家园</Label><MsgId>1</MsgId>"
    )
    assert (fact.place.text, fact.place.lon) == ("翠湖家园", None)
    assert fact.native["Location_X"] == "北"


@pytest.mark.parametrize(
    ("inner", "name"),
    [
        ("<MsgType>event</MsgType><Event>CLICK</Event><EventKey>V1</EventKey>", "click"),
        ("<MsgType>event</MsgType><Event>SCAN</Event><Ticket>t</Ticket>", "scan"),
        ("<MsgType>event</MsgType><Event>TEMPLATESENDJOBFINISH</Event>", "templatesendjobfinish"),
        ("<MsgType>event</MsgType><Event>unsubscribe</Event>", "unsubscribe"),
        (
            "<MsgType>event</MsgType><Event>subscribe_msg_popup_event</Event>"
            "<SubscribeMsgPopupEvent><List><PopupScene>2</PopupScene></List></SubscribeMsgPopupEvent>",
            "subscribe_msg_popup_event",
        ),
        ("<MsgType>event</MsgType><Event>of_next_year</Event>", "of_next_year"),
        ("<MsgType>EVENT</MsgType>", "unnamed"),
        ("<Event>VIEW</Event>", "view"),
        ("<InfoType>component_verify_ticket</InfoType>", "component_verify_ticket"),
    ],
)
def test_an_event_is_counted_and_never_refused(inner: str, name: str) -> None:
    """Whatever its name: it opens no case and is no fault."""
    decoded = push(inner)
    assert (decoded.facts, decoded.faults) == ((), ())
    assert dict(decoded.skipped) == {f"event {name}": 1}


@pytest.mark.parametrize(
    "text",
    [
        "【收到不支持的消息类型，暂无法显示】",
        "[收到不支持的消息类型,暂时无法显示]",
        "[Unsupported Message]",
    ],
)
def test_what_wechat_withholds_opens_no_case(text: str) -> None:
    """WeChat sends this sentence in place of a sticker; the citizen did not write it."""
    decoded = push(f"<MsgType>text</MsgType><Content>{text}</Content><MsgId>1</MsgId>")
    assert dict(decoded.skipped) == {"message withheld by WeChat": 1}
    quoted = push(f"<MsgType>text</MsgType><Content>为什么是{text}</Content><MsgId>1</MsgId>")
    assert len(quoted.facts) == 1


def test_messages_without_an_id_are_distinguished() -> None:
    """Two messages of one second are two; the same one again is the same."""
    first, again, other = (
        fact_of(f"<MsgType>text</MsgType><Content>{text}</Content>").revision
        for text in ("停水", "停水", "停电")
    )
    assert first == again != other


def test_a_type_that_nobody_knows_is_rejected() -> None:
    """It is a message of a citizen, so it is kept with its reason."""
    (fault,) = push("<MsgType>hologram</MsgType><MsgId>1</MsgId>").faults
    assert fault.reason is Reason.UNSUPPORTED_TYPE


def test_both_modes_without_a_key_are_read_in_plain() -> None:
    """兼容模式 at WeChat and no key in the hub: the plain fields are the message."""
    inner = "<MsgType>text</MsgType><Content>停水</Content><MsgId>1</MsgId><Encrypt>x</Encrypt>"
    decoded = push(inner, token="tok")
    assert [fact.content for fact in decoded.facts] == ["停水"]
    assert "Encrypt" not in decoded.facts[0].native
    (fault,) = push(inner, token="tok", encoding_aes_key=AES_KEY, app_id="wx1").faults
    assert fault.reason is Reason.BAD_SIGNATURE


@given(st.text(st.characters(categories=("L", "N", "P", "So")), min_size=1, max_size=60))
def test_words_make_the_round_trip_through_the_cipher(words: str) -> None:
    """What a citizen wrote comes out of the encrypted mode as it went in."""
    escaped = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    message = (
        "<xml><ToUserName>gh_1</ToUserName><FromUserName>o</FromUserName><CreateTime>1772323392"
        f"</CreateTime><MsgType>text</MsgType><Content>{escaped}</Content><MsgId>1</MsgId></xml>"
    )
    sealed = encrypt(message.encode(), AES_KEY, "wx1", b"r" * 16)
    shown = signature("tok", "1772323392", "n", sealed)
    secrets = {"token": "tok", "encoding_aes_key": AES_KEY, "app_id": "wx1"}
    decoded = push(f"<Encrypt>{sealed}</Encrypt>", head=shown, **secrets)
    assert [fact.content for fact in decoded.facts] == [words]
