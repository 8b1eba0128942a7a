"""What the page of deliveries shows of a subscription, a message and a receiver. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.notifications.notices.rules import Receiver as NoticeReceiver
from hub.notifications.webhooks.queue import Receiver, Sent
from hub.notifications.webhooks.subscriptions import Subscription
from hub.runtime.outbox import DEAD, DONE, WAITS
from hub.web.outbound import shown_url
from schemas.base import BEIJING
from schemas.cases.case import MOVE_NAMES, Move

STATES = {WAITS: ("待发", "yellow"), DONE: ("已送达", "green"), DEAD: ("已放弃", "red")}
ROBOTS = {"wecom": "企业微信群", "dingtalk": "钉钉群", "feishu": "飞书群", "": "邮箱"}


@dataclass(frozen=True, slots=True)
class Counted:
    """A receiver of webhooks or notices, and how many messages are in which state."""

    name: str
    about: str
    state: str
    colour: str
    reason: str
    waiting: int
    delivered: int
    dead: int


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message of a subscription; `may_replay` if it has ended."""

    message_id: str
    case_id: str
    at: str
    state: str
    colour: str
    failures: int
    next_at: str
    answer: str
    may_replay: bool


def subscription_row(
    subscription: Subscription,
    counts: tuple[int, int, int],
    receiver: Receiver,
    names: Mapping[str, str],
) -> Counted:
    """Return what is shown of a subscription; `names` are those of units and areas by code."""
    state, colour = "正常", "green"
    if receiver.failures:
        state, colour = "送不到，重试中", "yellow"
    if receiver.disabled_at:
        state, colour = "已停发", "red"
    moves = "、".join(MOVE_NAMES[Move(move)] for move in subscription.moves)
    chosen = (names.get(subscription.unit, ""), names.get(subscription.area, ""), moves)
    about = "，".join((shown_url(subscription.url), *filter(None, chosen)))
    return Counted(subscription.name, about, state, colour, receiver.reason, *counts)


def notice_row(name: str, receiver: NoticeReceiver, counts: tuple[int, int, int]) -> Counted:
    """Return what is shown of a receiver of notices."""
    quiet = f"，{receiver.quiet}不打扰" if receiver.quiet else ""
    about = f"{ROBOTS[receiver.robot]}，每{receiver.gather:g}分钟合并{quiet}"
    waiting = counts[0]
    state, colour = ("待发", "yellow") if waiting else ("正常", "green")
    return Counted(name, about, state, colour, "", *counts)


def message_row(sent: Sent) -> MessageRow:
    """Return what is shown of a message."""
    state, colour = STATES[sent.ended]
    waits = sent.ended == WAITS
    return MessageRow(
        message_id=str(sent.message_id),
        case_id=sent.case_id,
        at=_local(sent.at),
        state=state,
        colour=colour,
        failures=sent.attempts,
        next_at=_local(sent.next_at) if waits and sent.next_at else "",
        answer=sent.reason,
        may_replay=not waits,
    )


def _local(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, BEIJING):%m-%d %H:%M:%S}"
