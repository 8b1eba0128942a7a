"""Messages to robots: forms, signatures and errors, as the platforms document them."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from hub.notifications.notices.robots import WECOM_BYTES, fault_in, message_to
from hub.notifications.notices.text import Line, Text

TEXT = Text(
    "事项提醒：红牌督办1件", (Line("下水道*堵* [x](y)", "https://hub.example/cases/1"),), "另有3件"
)
NOW = 1599360473.0


def test_wecom_gets_markdown_with_escaped_marks() -> None:
    """A citizen's words cannot become a link of the message."""
    message = message_to("wecom", "https://w.example/send?key=k", "", TEXT, NOW)
    body = json.loads(message.body)
    assert body["msgtype"] == "markdown"
    content = body["markdown"]["content"]
    assert r"下水道\*堵\* \[x\](y)](https://hub.example/cases/1)" in content
    assert content.endswith("另有3件")
    assert message.url == "https://w.example/send?key=k"


def test_wecom_takes_at_most_its_length() -> None:
    """Lines are left out from the end until the message fits."""
    long = Text("提醒", tuple(Line("长" * 400) for _ in range(10)))
    content = json.loads(message_to("wecom", "u", "", long, NOW).body)["markdown"]["content"]
    assert len(content.encode()) <= WECOM_BYTES
    assert content.endswith("其余见工作台")


def test_dingtalk_signs_milliseconds_and_secret_in_the_url() -> None:
    """The signature is Base64 in the query, with the secret as the key."""
    url = "https://d.example/robot/send?access_token=t"
    message = message_to("dingtalk", url, "SECthis", TEXT, NOW)
    query = parse_qs(urlsplit(message.url).query)
    assert query["timestamp"] == ["1599360473000"]
    assert query["sign"] == [DINGTALK_SIGNATURE]
    assert json.loads(message.body)["markdown"]["title"] == TEXT.title
    assert message_to("dingtalk", url, "", TEXT, NOW).url == url


def test_feishu_signs_nothing_with_seconds_and_secret_as_the_key() -> None:
    """Time and signature are in the body; links are elements of a paragraph."""
    body = json.loads(message_to("feishu", "u", "secret", TEXT, NOW).body)
    assert (body["timestamp"], body["sign"]) == ("1599360473", FEISHU_SIGNATURE)
    post = body["content"]["post"]["zh_cn"]
    assert post["title"] == TEXT.title
    assert post["content"][0][0]["tag"] == "a"
    assert post["content"][-1] == [{"tag": "text", "text": "另有3件"}]
    assert "sign" not in json.loads(message_to("feishu", "u", "", TEXT, NOW).body)


@pytest.mark.parametrize(
    ("robot", "answer", "fault"),
    [
        ("wecom", {"errcode": 0, "errmsg": "ok"}, ""),
        ("wecom", {"errcode": 93000, "errmsg": "invalid webhook url"}, "wecom answers 93000"),
        ("dingtalk", {"errcode": 310000, "errmsg": "sign not match"}, "sign not match"),
        ("feishu", {"code": 0, "msg": "success"}, ""),
        ("feishu", {"StatusCode": 0, "StatusMessage": "success"}, ""),
        ("feishu", {"code": 19021, "msg": "sign match fail"}, "19021"),
        ("feishu", {}, "feishu answers -1"),
    ],
)
def test_an_error_inside_a_200_is_an_error(
    robot: str, answer: dict[str, object], fault: str
) -> None:
    """The platforms answer 200 to everything."""
    got = fault_in(robot, answer)
    assert fault in got
    assert bool(fault) == bool(got)


DINGTALK_SIGNATURE = "CQ0+5NHFSMnwaV68xn0yE1VfeX6AAJhb/lLKyZDX/gM="
FEISHU_SIGNATURE = "q4jswNiMy51J5JuQV566yJat0/lQ/c+22kINzUgKsGU="
"""Computed with the lines that the platforms print for Python."""
