"""One suite tests feedback to every channel: complete, in its own form, and safe."""

import csv
import io
import json
from email import message_from_bytes, policy
from uuid import UUID, uuid4
from xml.etree.ElementTree import fromstring

import openpyxl
import pytest

from connectors.contract import CannotTellError, Connector, Outgoing, Reply, Way
from connectors.formats.reply import STEPS
from connectors.registry import load_connectors
from schemas.cases.case import MOVES, Move, State
from schemas.cases.feedback import Feedback
from schemas.channel import Channel
from schemas.reports.fact import Contact
from tests.builders.town import NOON

CONNECTORS = load_connectors()
CONTACT = Contact(name="张三丰", phone="13800138000", email="zhang@example.cn", account="oOPENID-1")
TEXT = "您反映的事项已办结。城管局答复：已更换灯泡 <新> & \x0b𠮷"


def reply(channel: str, move: Move = Move.RESOLVE, number: str = "N-1") -> Reply:
    """Return a reply to a report of a channel."""
    feedback = Feedback(
        feedback_id=uuid4(),
        case_id=UUID(int=1),
        channel=channel,
        native_id=number,
        event_id=UUID(int=2),
        state=next(iter(MOVES[move].values()), State.RECEIVED),
        text=TEXT,
        at=NOON,
        move=move,
        unit="429999-00",
        unit_name="城管局",
        due_at=NOON,
        answer="已更换灯泡" if move is Move.RESOLVE else "",
    )
    return Reply(feedback, "路灯不亮", CONTACT, {}, "https://example.cn/t/ABC")


def read_back(connector: Connector, message: Outgoing) -> str:
    """Return all texts of a message, read by an independent parser."""
    kind = message.content_type
    if "sheet" in kind:
        sheet = openpyxl.load_workbook(io.BytesIO(message.body)).worksheets[0]
        return " ".join(str(cell.value) for row in sheet.iter_rows() for cell in row)
    if "json" in kind:
        return json.dumps(json.loads(message.body), ensure_ascii=False)
    if "xml" in kind:
        charset = kind.partition("charset=")[2] or "utf-8"
        text = message.body.decode(charset)
        return " ".join(fromstring(text[text.index("?>") + 2 :]).itertext())
    if "csv" in kind:
        rows = csv.reader(io.StringIO(message.body.decode("gb18030")))
        return " ".join(cell for row in rows for cell in row)
    assert connector.reply.way is Way.MAIL, kind
    mail = message_from_bytes(message.body, policy=policy.default)
    return f"{mail['References']} {mail['Subject']} {mail.get_content()}"


@pytest.mark.parametrize("move", sorted(STEPS))
@pytest.mark.parametrize("channel", Channel)
def test_a_channel_receives_every_step_in_its_own_form(channel: Channel, move: Move) -> None:
    """Number, sentence and unit come back from what was written, and the same each time."""
    form = CONNECTORS[channel].reply
    number = "a@b.cn" if form.way is Way.MAIL else "N-1"
    answer = reply(channel, move, number)
    content = read_back(CONNECTORS[channel], form.encode([answer]))
    assert read_back(CONNECTORS[channel], form.encode([answer])) == content
    assert "已更换灯泡" in content
    assert number in content or form.way is Way.WECHAT
    assert CONTACT.phone not in content
    assert CONTACT.name not in content


@pytest.mark.parametrize("channel", [c for c in Channel if CONNECTORS[c].reply.way is Way.FILE])
def test_a_return_file_holds_many(channel: Channel) -> None:
    """Each reply is in it, by its number, and no cell is run as a formula."""
    form = CONNECTORS[channel].reply
    numbers = ["N-1", "=1+1", "N-3"]
    message = form.encode([reply(channel, number=number) for number in numbers])
    content = read_back(CONNECTORS[channel], message)
    assert message.ending
    assert all(number in content for number in numbers)
    assert message.ending == "xml" or "'=1+1" in content


def test_a_reply_without_an_address_names_the_missing_field() -> None:
    """A reply without an address or OpenID names the missing field."""
    for channel in (Channel.MAYOR_MAILBOX, Channel.WECHAT_OFFICIAL):
        answer = reply(channel)
        nobody = Reply(answer.feedback, answer.title)
        with pytest.raises(CannotTellError, match="has no"):
            CONNECTORS[channel].reply.encode([nobody])


def test_a_mail_stays_in_its_thread_and_starts_no_loop() -> None:
    """It answers the letter, has one Message-ID however often it is sent, and is marked as ours."""
    form = CONNECTORS[Channel.MAYOR_MAILBOX].reply
    answer = reply(Channel.MAYOR_MAILBOX, number="a@b.cn")
    mail = message_from_bytes(form.encode([answer]).body, policy=policy.default)
    assert mail["In-Reply-To"] == "<a@b.cn>"
    assert mail["Message-ID"].startswith(f"<{answer.feedback.feedback_id}.")
    assert mail["Message-ID"].endswith("@minqing-hub>")
    again = message_from_bytes(form.encode([answer]).body, policy=policy.default)
    assert again["Message-ID"] == mail["Message-ID"]
    assert mail["Auto-Submitted"] == "auto-replied"
    sly = Reply(answer.feedback, "标题\r\nBcc: other@example.cn", CONTACT)
    assert message_from_bytes(form.encode([sly]).body, policy=policy.default)["Bcc"] is None
