"""Shared by the encoders of feedback 反馈: status words, times, cells."""

import json
from collections.abc import Sequence
from typing import Any

from connectors.contract import Reply
from schemas.cases.case import Move
from schemas.wording import harmless, local, status

STEPS = frozenset({Move.OPEN, Move.JOIN, Move.EXTEND, Move.RESOLVE, Move.REOPEN, Move.WITHDRAW})
"""Moves that a person gets a message about; systems get every move."""


def only_reply(replies: Sequence[Reply]) -> Reply:
    """Return the only reply; raises `ValueError` where there are more or none."""
    (reply,) = replies
    return reply


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
