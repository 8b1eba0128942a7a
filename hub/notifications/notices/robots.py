"""Messages to robots of group chats 群机器人: 企业微信, 钉钉 and 飞书, in their public forms. Pure.

Each platform answers 200 to everything; an error is in the body.
"""

import base64
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson

from hub.notifications.notices.text import Text

WECOM_BYTES = 4096
"""Longest Markdown of 企业微信, in UTF-8."""
MARKS = re.compile(r"([\\`*_\[\]<>#|~])")
"""Characters that Markdown reads as marks."""


@dataclass(frozen=True, slots=True)
class RobotMessage:
    """A message and where to post it."""

    url: str
    body: bytes


def message_to(robot: str, url: str, secret: str, text: Text, now: float) -> RobotMessage:
    """Return the message for a robot; `now` in epoch seconds signs it, if there is a secret."""
    return {"wecom": _wecom, "dingtalk": _dingtalk, "feishu": _feishu}[robot](
        url, secret, text, now
    )


def fault_in(robot: str, answer: Mapping[str, Any]) -> str:
    """Return what a platform says was wrong; empty if it has taken the message."""
    code = answer.get("code" if robot == "feishu" else "errcode", answer.get("StatusCode", -1))
    if code == 0:
        return ""
    words = answer.get("msg") or answer.get("errmsg") or "no message"
    return f"{robot} answers {code}: {str(words)[:200]}"


def _markdown(text: Text) -> str:
    lines = [
        f"[{_escaped(line.text)}]({line.link})" if line.link else _escaped(line.text)
        for line in text.lines
    ]
    return "\n\n".join((f"**{_escaped(text.title)}**", *(f"- {line}" for line in lines)))


def _escaped(words: str) -> str:
    return MARKS.sub(r"\\\1", words)


def _wecom(url: str, _: str, text: Text, __: float) -> RobotMessage:
    """企业微信: the key is in the URL; there is no signature."""
    lines = list(text.lines)
    content = _with_more(text)
    while len(content.encode()) > WECOM_BYTES and lines:
        lines.pop()
        content = _with_more(Text(text.title, tuple(lines), "其余见工作台"))
    return _post(url, {"msgtype": "markdown", "markdown": {"content": content}})


def _dingtalk(url: str, secret: str, text: Text, now: float) -> RobotMessage:
    """钉钉: with 加签 the URL gets milliseconds and the signature of them and the secret."""
    if secret:
        stamp = str(int(now * 1000))
        signature = _signature(secret.encode(), f"{stamp}\n{secret}".encode())
        url = f"{url}&timestamp={stamp}&sign={quote(signature, safe='')}"
    markdown = {"title": text.title, "text": _with_more(text)}
    return _post(url, {"msgtype": "markdown", "markdown": markdown})


def _feishu(url: str, secret: str, text: Text, now: float) -> RobotMessage:
    """飞书: a post of paragraphs; the signature has seconds and secret as its key, and no text."""
    paragraphs: list[list[dict[str, str]]] = [
        [{"tag": "a", "text": line.text, "href": line.link}]
        if line.link
        else [{"tag": "text", "text": line.text}]
        for line in text.lines
    ]
    if text.more:
        paragraphs.append([{"tag": "text", "text": text.more}])
    post = {"zh_cn": {"title": text.title, "content": paragraphs}}
    message: dict[str, Any] = {"msg_type": "post", "content": {"post": post}}
    if secret:
        stamp = str(int(now))
        message |= {"timestamp": stamp, "sign": _signature(f"{stamp}\n{secret}".encode(), b"")}
    return _post(url, message)


def _with_more(text: Text) -> str:
    return "\n\n".join(filter(None, (_markdown(text), text.more)))


def _signature(key: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def _post(url: str, message: Mapping[str, Any]) -> RobotMessage:
    return RobotMessage(url, orjson.dumps(message))
