"""Topic catalogue 主题目录: every topic, its key, its body, its settings."""

from schemas.base import Frozen
from schemas.cases.case import Case, CaseEvent
from schemas.cases.command import Command, CommandOutcome, Feedback
from schemas.cases.delivery import DeadFeedback, Delivery
from schemas.channel import Channel
from schemas.reports.event import UnifiedEvent
from schemas.reports.receipt import Disposition, Receipt
from schemas.reports.rejected import Rejected
from schemas.town.patrol import Duty
from schemas.town.rules import RulesAck, RulesBundle

PARTITIONS = 8
"""Partitions of every keyed topic that are written to, whatever somebody adds: keys keep theirs."""


class Topic(Frozen):
    """One topic. `body` is None where the channel's own raw bytes travel."""

    name: str
    key: str
    body: type[Frozen] | None
    event_type: str = ""
    partitions: int = PARTITIONS
    compacted: bool = False
    description: str


EVENTS = Topic(
    name="events.v1",
    key="township division code, 9 digits",
    body=UnifiedEvent,
    event_type="cn.minqing.event.v1",
    description="every fact of every channel, placed and sealed",
)
CASES = Topic(
    name="cases.v1",
    key="case_id",
    body=CaseEvent,
    event_type="cn.minqing.case.v1",
    description="every entry of every case's life, in order, without gaps",
)
CASE_STATE = Topic(
    name="case-state.v1",
    key="case_id",
    body=Case,
    event_type="cn.minqing.case-state.v1",
    compacted=True,
    description="latest snapshot of each case, in the partition of its township; a record without"
    " a value a month after it was settled",
)
COMMANDS = Topic(
    name="commands.v1",
    key="township division code, 9 digits",
    body=Command,
    event_type="cn.minqing.command.v1",
    description="what people and systems ask of cases",
)
OUTCOMES = Topic(
    name="command-outcomes.v1",
    key="command_id",
    body=CommandOutcome,
    event_type="cn.minqing.command-outcome.v1",
    description="what came of each command",
)
FEEDBACK = Topic(
    name="feedback.v1",
    key="channel",
    body=Feedback,
    event_type="cn.minqing.feedback.v1",
    description="what each channel is to tell its citizens",
)
DELIVERIES = Topic(
    name="deliveries.v1",
    key="channel",
    body=Delivery,
    event_type="cn.minqing.delivery.v1",
    description="what came of each feedback: delivered with its proof, or given up",
)
FEEDBACK_DEAD = Topic(
    name="feedback-dead.v1",
    key="channel",
    body=DeadFeedback,
    event_type="cn.minqing.feedback-dead.v1",
    description="feedback that was given up after many attempts, whole, with the reason",
)
REJECTED = Topic(
    name="rejected.v1",
    key="channel",
    body=Rejected,
    event_type="cn.minqing.rejected.v1",
    description="messages that are no events: raw bytes and reason",
)

RECEIPTS = Topic(
    name="receipts.v1",
    key="channel",
    body=Receipt,
    event_type="cn.minqing.receipt.v1",
    description="what each raw message became",
)
DISPOSITIONS = Topic(
    name="dispositions.v1",
    key="route",
    body=Disposition,
    event_type="cn.minqing.disposition.v1",
    description="what came of each event, in the partition of the event",
)
DUTIES = Topic(
    name="duties.v1",
    key="grid code",
    body=Duty,
    event_type="cn.minqing.duty.v1",
    description="patrols and visits whose time is over: done, or missed by whom",
)
RULES = Topic(
    name="rules.v1",
    key="rules",
    body=RulesBundle,
    event_type="cn.minqing.rules.v1",
    partitions=1,
    compacted=True,
    description="the assignment rules in effect; every worker reads them",
)
RULES_ACKS = Topic(
    name="rules-acks.v1",
    key="worker",
    body=RulesAck,
    event_type="cn.minqing.rules-ack.v1",
    partitions=1,
    description="which worker decides by which version of the rules",
)

TOPICS: tuple[Topic, ...] = (
    EVENTS,
    CASES,
    CASE_STATE,
    COMMANDS,
    OUTCOMES,
    FEEDBACK,
    DELIVERIES,
    FEEDBACK_DEAD,
    REJECTED,
    RECEIPTS,
    DISPOSITIONS,
    DUTIES,
    RULES,
    RULES_ACKS,
)
"""Topics with bodies of ours."""


def intake_topic(channel: Channel) -> Topic:
    """Return the raw topic of a channel that publishes to Kafka."""
    return Topic(
        name=f"intake.{channel}",
        key="as the channel likes",
        body=None,
        partitions=1,
        description=f"raw messages of {channel}, as its system sends them",
    )


INTAKE_TOPICS: tuple[Topic, ...] = tuple(
    intake_topic(channel) for channel in (Channel.POLICE_110, Channel.GOVERNANCE_PLATFORM)
)
"""Raw topics that the intake reads."""
