"""What encoders of feedback share 反馈: status words, times, cells."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from connectors.contract import Reply
from connectors.formats.spreadsheet import harmless
from connectors.values.moment import CHINA
from schemas.cases.case import Move, State
from schemas.cases.command import Feedback

STEPS = frozenset({Move.OPEN, Move.JOIN, Move.EXTEND, Move.RESOLVE, Move.REOPEN, Move.WITHDRAW})
"""What a person wants to be written to about; every single step is for systems."""

_WORDS: dict[State, str] = {
    State.RECEIVED: "已受理",
    State.TRIAGE: "已受理",
    State.ASSIGNED: "已派单",
    State.ACCEPTED: "办理中",
    State.HANDLING: "办理中",
    State.SUSPENDED: "暂缓办理",
    State.RESOLVED: "已办结",
    State.FED_BACK: "已办结",
    State.EVALUATED: "已办结",
    State.CLOSED: "已归档",
    State.MERGED: "并案办理",
    State.WITHDRAWN: "已撤回",
}
"""What channels call our states; triage is ours alone."""


def status(feedback: Feedback) -> str:
    """Return the status word of the channels."""
    return _WORDS[feedback.state]


def only_reply(replies: Sequence[Reply]) -> Reply:
    """Return the only reply; raises `ValueError` where there are more or none."""
    (reply,) = replies
    return reply


def local(at: datetime | None) -> str:
    """Return Beijing time without a zone, as the channels write it; empty for none."""
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S") if at else ""


def as_json(value: Any) -> bytes:
    """Return JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False).encode()


def signed_off(reply: Reply) -> str:
    """Return the sentence for a citizen, with the address of its progress."""
    return f"{reply.feedback.text}\n查询进度：{reply.link}" if reply.link else reply.feedback.text


COLUMNS = ("办理状态", "承办单位", "反馈内容", "答复意见", "更新时间", "查询网址")


def cells(reply: Reply) -> list[str]:
    """Return a reply as cells under `COLUMNS`."""
    feedback = reply.feedback
    return [
        harmless(cell)
        for cell in (
            *(
                status(feedback),
                feedback.unit_name,
                feedback.text,
                feedback.answer,
                local(feedback.at),
            ),
            reply.link,
        )
    ]
