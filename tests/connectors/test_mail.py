"""Mails of all mail programs become letters."""

from base64 import b64encode
from datetime import datetime
from email import message_from_bytes, policy
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import DecodeContext
from connectors.formats.mail.body import unflowed
from connectors.formats.mail.header import decode_words, mailbox
from connectors.formats.mail.quotation import split_reply
from connectors.mayor_mailbox import CONNECTOR, own_message_id
from schemas.base import BEIJING
from schemas.channel import Channel
from schemas.reports.fact import Contact, Decoded, Fact
from schemas.reports.raw import RawMessage, Transport
from tests.contract.test_replies import reply

HEAD = {
    "Message-ID": "<k1@example.org>",
    "Date": "Sun, 01 Mar 2026 08:00:00 +0800",
    "From": "w@example.org",
    "Subject": "停水",
}
IN_THREAD = {"In-Reply-To": "<first@example.org>"}
RECEIVED_AT = datetime(2026, 3, 3, 12, tzinfo=BEIJING)
JPEG = "Content-Type: image/jpeg; name=a.jpg\n\nabc"
HTML = "Content-Type: text/html; charset=utf-8\n\n"
PLAIN = "Content-Type: text/plain; charset=utf-8\n\n"


def decode(body: bytes) -> Decoded:
    """Decode a mail as the publisher does."""
    raw = RawMessage(
        receipt_id=UUID(int=1),
        channel=Channel.MAYOR_MAILBOX,
        transport=Transport.MAIL,
        received_at=RECEIVED_AT,
        body=body,
    )
    return CONNECTOR.decode_batch([raw], DecodeContext())[0]


def written(body: str, fields: dict[str, str] | None = None, kind: str = PLAIN) -> bytes:
    """Return a mail in UTF-8; `kind` ends the headers."""
    head = "".join(f"{name}: {value}\n" for name, value in (HEAD | (fields or {})).items())
    return f"{head}{kind}{body}".encode()


def letter(body: str, fields: dict[str, str] | None = None, kind: str = PLAIN) -> Fact:
    """Return the single fact of a mail."""
    (fact,) = decode(written(body, fields, kind)).facts
    return fact


def parts(kind: str, *content: str) -> str:
    """Return a multipart of parts, each with its own headers."""
    inside = "".join(f"--B\n{part}\n" for part in content)
    return f'Content-Type: multipart/{kind}; boundary="B"\n\n{inside}--B--\n'


def word(charset: str, body: bytes) -> str:
    """Return an encoded word."""
    return f"=?{charset}?B?{b64encode(body).decode()}?="


GBK, UTF_8 = "停水三天".encode("gbk"), "停水三天".encode()


@pytest.mark.parametrize(
    "subject",
    [
        f"{word('gb2312', GBK[:3])} {word('gbk', GBK[3:])}",
        f"{word('utf-8', UTF_8[:4])}\n {word('UTF-8', UTF_8[4:])}",
        f"{word('utf-8', GBK[:3])} {word('gb2312', GBK[3:])}",
        f"{word('utf-8', UTF_8[:4])} {word('us-ascii', UTF_8[4:])}",
        word("undefined", GBK),
        word("gbk", UTF_8),
        word("UTF-8*zh-CN", UTF_8),
        word("utf-8", UTF_8).removesuffix("?="),
        "停水=?utf-8?Q?=E4=B8=89?=天",
    ],
)
def test_encoded_words_are_read_as_one(subject: str) -> None:
    """Words split inside a character, under two labels, mislabelled, or cut off."""
    assert letter("x", {"Subject": subject}).title == "停水三天"


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30), st.data())
def test_a_subject_cut_anywhere_into_two_words_is_whole(text: str, data: st.DataObject) -> None:
    """The cut may lie inside a character."""
    body = text.encode()
    at = data.draw(st.integers(0, len(body)))
    assert decode_words(f"{word('utf-8', body[:at])} {word('utf-8', body[at:])}") == text


@pytest.mark.parametrize("charset", ["gb18030", "utf-8"])
def test_raw_headers_are_read(charset: str) -> None:
    """Names, subjects and file names may be in headers without any encoding."""
    head = "From: 王小二 <w@example.org>\nTo: 市长信箱 <m@example.org>\nSubject: 路灯不亮\n"
    part = 'Content-Type: image/jpeg\nContent-Disposition: attachment; filename="照片.jpg"\n\nabc'
    (fact,) = decode((head + parts("mixed", PLAIN + "三天了", part)).encode(charset)).facts
    assert (fact.title, fact.contact.name, fact.content) == ("路灯不亮", "王小二", "三天了")
    assert fact.native["to"] == "市长信箱 <m@example.org>"
    assert fact.attachments[0].name == "照片.jpg"


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        (f"{word('utf-8', '王, 小二'.encode())} <w@example.org>", "王, 小二"),
        (f'"{word("gbk", "王小二".encode("gbk"))}" <w@example.org>', "王小二"),
        (word("utf-8", "王 <w@example.org>".encode()), "王"),
        ('"王\\"二\\"" <w@example.org>', '王"二"'),
        ("王<经理> <w@example.org>", "王<经理>"),
        ("w@example.org (王小二)", "王小二"),
        ("王小二 w@example.org", "王小二"),
        ("<w@example.org>", ""),
    ],
)
def test_a_sender_has_a_name_and_an_address(sender: str, name: str) -> None:
    """The address is read before the name is decoded."""
    assert mailbox(sender) == (name, "w@example.org")


@pytest.mark.parametrize(
    "date",
    [
        "Sun, 01 Mar 2026 08:03:12 GMT+08:00",
        "Sun, 01 Mar 2026 08:03:12 CST",
        "Sun, 01 Mar 2026 08:03:12 China Standard Time",
        "Sun, 01 Mar 2026 08:03:12 +0800 (中国标准时间)",
        "Sun, 01 Mar 2026 08:03:12 UTC+8",
        "Sun, 01 Mar 2026 00:03:12 -0000",
        "Sun, 01 Mar 2026 08:03:12",
        "Sun, 01 Mar 2026 08:03:12 AM +0800",
        "周日, 01 3月 2026 08:03:12 +0800",
        "星期日, 1 三月 2026 08:03:12 +0800",
        "2026-03-01 08:03:12",
        "2026-03-01T00:03:12Z",
        "Sat, 28 Feb 2026 19:03:12 EST",
    ],
)
def test_dates_of_many_programs_are_one_moment(date: str) -> None:
    """Zones by name, comments, Chinese names, and forms of scripts."""
    fact = letter("x", {"Date": date})
    assert fact.occurred_at == datetime(2026, 3, 1, 8, 3, 12, tzinfo=BEIJING)
    assert "date" not in fact.native


@pytest.mark.parametrize(
    "date", ["Thu, 01 Jan 1970 00:00:00 +0000", "31 Foo 2026", "Sun, 01 Mar 2099 08:00:00 +0800"]
)
def test_a_clock_that_is_wrong_costs_only_the_date(date: str) -> None:
    """The mail server's time is taken, else that of the receipt; the header stays in native."""
    received = {"Received": "from a by b; Mon, 02 Mar 2026 09:00:00 +0800", "Date": date}
    fact = letter("x", received)
    assert fact.occurred_at == datetime(2026, 3, 2, 9, tzinfo=BEIJING)
    assert fact.native["date"] == date
    assert letter("x", {"Date": date}).occurred_at == RECEIVED_AT


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"Auto-Submitted": "auto-replied (vacation)"}, "automatic reply"),
        ({"X-Autoreply": "yes"}, "automatic reply"),
        ({"Precedence": "auto_reply"}, "automatic reply"),
        ({"Precedence": "bulk", **IN_THREAD}, "automatic reply"),
        ({"Return-Path": "<>"}, "automatic reply"),
        ({"Subject": "自动回复：您的来信", **IN_THREAD}, "automatic reply"),
        ({"Subject": "已读：您的来信", **IN_THREAD}, "read receipt"),
        ({"From": "Postmaster@163.example", "Subject": "系统退信"}, "bounce"),
        ({"X-Failed-Recipients": "w@example.org"}, "bounce"),
    ],
)
def test_mail_of_a_machine_is_counted_by_its_kind(fields: dict[str, str], kind: str) -> None:
    """It opens no case."""
    got = decode(written("x", fields))
    assert (got.facts, dict(got.skipped)) == ((), {kind: 1})


@pytest.mark.parametrize(
    ("report", "kind"),
    [("delivery-status", "bounce"), ("disposition-notification", "read receipt")],
)
def test_a_report_is_known_by_its_type(report: str, kind: str) -> None:
    """RFC 3464 and RFC 8098."""
    body = parts("report", PLAIN + "x").replace("boundary", f"report-type={report}; boundary", 1)
    assert dict(decode(written("", kind=body)).skipped) == {kind: 1}


@pytest.mark.parametrize(
    "fields",
    [
        {"Auto-Submitted": "no"},
        {"Precedence": "bulk"},
        {"Precedence": "list"},
        {"Subject": "自动回复机太差", **IN_THREAD},
        {"Subject": "自动回复：什么时候改"},
        {"Subject": "回复: 自动回复: 您的来信", **IN_THREAD},
        {"X-Auto-Response-Suppress": "All"},
    ],
)
def test_what_a_person_wrote_is_a_letter(fields: dict[str, str]) -> None:
    """Signs that persons' mails have too do not decide."""
    assert letter("x", fields).content == "x"


@given(st.from_regex(r"[!-;=?-~]{1,80}@[a-z.]{1,40}", fullmatch=True))
def test_a_reply_to_our_answer_finds_its_letter(native_id: str) -> None:
    """Our Message-ID carries the id of the letter, even if the reply drops other headers."""
    fact = letter("还没修", {"In-Reply-To": own_message_id(uuid4(), native_id)})
    assert fact.parent_id == native_id


def test_our_older_answers_are_passed_over() -> None:
    """They name no letter; the mail before them in the chain is it."""
    ours = f"<{uuid4()}@minqing-hub>"
    fields = {"In-Reply-To": ours, "References": f"<first@example.org> {ours}"}
    assert letter("x", fields).parent_id == "first@example.org"
    assert letter("x", {"In-Reply-To": ours}).parent_id == ""


def test_a_long_id_of_a_letter_stays_whole_in_our_answer() -> None:
    """Ids of Outlook are longer than a folded line."""
    number = f"{'PH0PR11MB' * 9}@namprd11.prod.outlook.example"
    answer = reply(Channel.MAYOR_MAILBOX, number=number)
    body = CONNECTOR.reply.encode([answer]).body
    assert f"In-Reply-To: <{number}>\r\n".encode() in body
    again = message_from_bytes(body, policy=policy.SMTP.clone(refold_source="none"))
    again["From"] = "m@example.org"
    assert f"References: <{number}>\r\n".encode() in again.as_bytes()


@pytest.mark.parametrize(
    ("value", "parent"),
    [
        ("<first@example.org> (王小二的来信)", "first@example.org"),
        ("Message of Sunday <first@example.org> <other@example.org>", "first@example.org"),
        ("first@example.org", "first@example.org"),
        ("<first@\n example.org>", "first@example.org"),
        ("=?utf-8?q?=3Cfirst=40example=2Eorg=3E?=", "first@example.org"),
    ],
)
def test_the_parent_is_one_id(value: str, parent: str) -> None:
    """RFC 5322 permits comments, phrases and several ids."""
    assert letter("x", {"In-Reply-To": value}).parent_id == parent


NARRATIVE = "我住翠湖家园。\n在3月1日的业主群通知中物业经理写道：\n即日起停水三天。\n请查处。"
FORWARD = "请市长看看。\n\n---- 原始邮件 ----\n发件人: 李\n主题: 停水\n\n停水三天。"


@pytest.mark.parametrize("fields", [{}, IN_THREAD])
def test_a_sentence_is_no_quotation(fields: dict[str, str]) -> None:
    """“… 写道：” without address and clock belongs to the letter."""
    assert letter(NARRATIVE, fields).content == NARRATIVE


@pytest.mark.parametrize("fields", [{}, {"Subject": "转发：停水", **IN_THREAD}])
def test_what_was_forwarded_is_the_matter(fields: dict[str, str]) -> None:
    """Nothing is removed from a mail that is not a reply, or that forwards one."""
    assert letter(FORWARD, fields).content == FORWARD


@pytest.mark.parametrize(
    "quotation",
    [
        "------------------ 原始邮件 ------------------\n发件人: 信箱\n\n已办结。",
        '在 2026-03-01 08:03:12，"市长信箱" <m@example.org> 写道：\n\n已办结。',
        "在 2026年3月1日，市长信箱 <m@example.org> 写道：\n> 已办结。",
        "于2026年3月1日周日 08:00\n写道：\n\n> 已办结。",
        "On Sun, 1 Mar 2026 at 08:00, Mayor <m@example.org> wrote:\n> done",
        "市长信箱 <m@example.org> 于2026年3月1日周日 08:00写道：\n已办结。",
        "---- Replied Message ----\n| From | m@example.org |\n已办结。",
        "_______________\nFrom: Mayor <m@example.org>\nSent: Sunday\nTo: W\nSubject: Re\n\ndone",
        "发件人: 信箱 <m@example.org>\n发送时间: 2026年3月1日 8:00\n主题: 回复\n\n已办结。",
    ],
)
def test_a_quotation_is_taken_off_and_kept(quotation: str) -> None:
    """The content has the new words; `native` has the quoted ones."""
    fact = letter(f"还是没修好。\n\n{quotation}\n", IN_THREAD)
    assert fact.content == "还是没修好。"
    assert fact.native["quoted"] == quotation


def test_answers_between_and_below_quoted_lines_stay() -> None:
    """Nobody has to answer above the quotation."""
    wrote = "在 2026年3月1日，信箱 <m@e.cn> 写道：\n> 已派人。"
    split = split_reply(f"您好\n\n{wrote}\n\n没有人来！\n> 请确认。\n没有。")
    assert split.own == "您好\n\n没有人来！\n没有。"
    assert split.quoted == f"{wrote}\n> 请确认。"


@given(st.text(st.sampled_from("停水>写道：\n 在于-_原始邮件发件人:2026@a.b"), max_size=80))
def test_no_character_of_a_reply_is_lost(text: str) -> None:
    """Own words and quotation together are the reply."""
    split = split_reply(text)
    kept = sorted("".join(f"{split.own}{split.quoted}".split()))
    assert kept == sorted("".join(text.split()))


def test_parts_that_stand_side_by_side_are_one_letter() -> None:
    """Apple Mail splits a letter at its pictures, in plain text and in HTML."""
    fact = letter("", kind=parts("mixed", PLAIN + "看照片：", JPEG, HTML + "<p>墙已开裂</p>"))
    assert (fact.content, fact.attachments[0].name) == ("看照片：\n墙已开裂", "a.jpg")


def test_the_fuller_of_two_versions_is_read() -> None:
    """A plain part that only says so does not hide the letter; it stays in native."""
    stub = "您的邮件客户端不支持HTML"
    fact = letter("", kind=parts("alternative", PLAIN + stub, HTML + "<p>小区停水三天</p>"))
    assert (fact.content, fact.native["text_version"]) == ("小区停水三天", stub)
    both = letter("", kind=parts("alternative", PLAIN + "小区停水", HTML + "<p>小区停水</p>"))
    assert (both.content, "text_version" in both.native) == ("小区停水", False)


def test_an_attached_mail_is_read_with_its_headers() -> None:
    """Forwarding as an attachment keeps the matter."""
    inner = f"From: li@example.org\nSubject: {word('utf-8', '电梯困人'.encode())}\n{PLAIN}停运"
    outer = parts("mixed", PLAIN + "请看附件", f"Content-Type: message/rfc822\n\n{inner}")
    content = letter("", kind=outer).content
    assert content == "请看附件\n发件人：li@example.org\n主题：电梯困人\n停运"


@pytest.mark.parametrize("boundary", ["", '; boundary="X"'])
def test_parts_without_their_boundary_are_still_read(boundary: str) -> None:
    """The boundary in the body counts where the header has none or another."""
    body = parts("mixed", PLAIN + "小区停水", JPEG).replace('; boundary="B"', boundary)
    fact = letter("", kind=body)
    assert (fact.content, len(fact.attachments)) == ("小区停水", 1)


BASE64 = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (b64encode(UTF_8).decode() + "\n-- \nlist footer\n", "停水三天\n-- \nlist footer"),
        ("停水三天\n", "停水三天"),
        (b64encode("小区停水三天 K1".encode("utf-16")).decode(), "小区停水三天 K1"),
    ],
)
def test_base64_that_is_not_all_base64_is_read(body: str, content: str) -> None:
    """Lines that a list appended, and text that was never encoded, stay."""
    assert letter(body, kind=BASE64).content == content


@pytest.mark.parametrize(
    "disposition",
    [
        "attachment; filename*=gb2312''%86%B4%86%B4.jpg",
        "attachment; filename*=undefined''%E5%96%86%E5%96%86.jpg; filename=\"a.jpg\"",
        "attachment; filename*0*=gbk''%86%B4%86; filename*1*=%B4.jpg",
        'attachment; filename="=?gbk?B?hrSG?=\n =?gbk?B?tC5qcGc=?="',
        "attachment; filename=%E5%96%86%E5%96%86.jpg",
        'attachment; filename="喆喆.jpg"',
    ],
)
def test_file_names_are_read(disposition: str) -> None:
    """RFC 2231 with any charset, RFC 2047 inside quotes, percent codes, or raw."""
    part = f"Content-Type: image/jpeg\nContent-Disposition: {disposition}\n\nabc"
    fact = letter("", kind=parts("mixed", PLAIN + "x", part))
    assert fact.attachments[0].name == "喆喆.jpg"


def test_soft_line_ends_are_joined() -> None:
    """RFC 3676: a space at the end of a line says that the line goes on."""
    text = "翠湖的路 \n灯不亮。\n-- \n王"
    assert unflowed(text, delete_space=True) == "翠湖的路灯不亮。\n-- \n王"
    assert unflowed("a \nb\n> c \n> d", delete_space=False) == "a b\n> c d"


def test_a_line_end_in_html_does_not_tear_a_word() -> None:
    """It is a space to a reader, and nothing between Chinese characters."""
    html = "<div>翠湖家园的路\n灯不亮</div>\n<div>水压<0.1 MPa</div>"
    assert letter(html, kind=HTML).content == "翠湖家园的路灯不亮\n水压<0.1 MPa"


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\r\n\r\n"])
def test_what_stands_before_the_headers_is_passed_over(before: bytes) -> None:
    """A byte order mark or blank lines of an export."""
    (fact,) = decode(before + written("x")).facts
    assert fact.native_id == "k1@example.org"


def test_one_damaged_character_costs_itself_and_is_counted() -> None:
    """The rest of the letter is whole."""
    (fact,) = decode(written("小区停水X三天").replace(b"X", b"\xff")).facts
    assert fact.content == "小区停水\ufffd三天"
    assert fact.native["damaged_characters"] == 1
    assert fact.contact == Contact(email="w@example.org")
