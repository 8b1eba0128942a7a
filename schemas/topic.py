"""Topic catalogue 主题目录: every topic, its settings, its body, and the record of a body."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from schemas.base import Frozen, derive_id
from schemas.cases.case import Case, CaseEvent, case_event_id_of
from schemas.cases.command import Command, CommandOutcome
from schemas.cases.feedback import DeadFeedback, Delivery, Feedback, FeedbackToMany
from schemas.cases.filed import FiledReport
from schemas.channel import Channel
from schemas.cloudevent import Attributes, Record, partition_of, to_record
from schemas.deliberation.record import DeliberationRecord
from schemas.projects.record import ProjectRecord
from schemas.reports.event import UnifiedEvent
from schemas.reports.receipt import Disposition, Receipt
from schemas.reports.rejected import Rejected
from schemas.route import partition_of_route
from schemas.town.patrol import Duty
from schemas.town.rules import RulesAck, RulesBundle

PARTITIONS = 8
"""Partitions of every keyed topic that the hub writes to, unless the settings say otherwise."""
_in_use = [PARTITIONS]


def keyed_partitions() -> int:
    """Return the number of partitions of every keyed topic of this process.

    If somebody adds partitions to a topic, the hub does not use them: each key stays in its
    partition. `docs/scaling-out.md` describes how to use more.
    """
    return _in_use[0]


def use_partitions(count: int) -> None:
    """Set the number of partitions. All processes of a hub set the same, before they use a topic.

    `hub.settings.Settings` calls it. It is the one value of this package that can change.
    """
    _in_use[0] = count


Body = TypeVar("Body", bound=Frozen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic and its settings. `key` describes the Kafka key."""

    name: str
    key: str
    fixed_partitions: int | None = None
    """Partitions of a topic that has another number than the keyed topics."""
    compacted: bool = False
    description: str

    @property
    def partitions(self) -> int:
        """Number of partitions that the hub uses."""
        return keyed_partitions() if self.fixed_partitions is None else self.fixed_partitions


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyTopic(Topic, Generic[Body]):
    """A topic with bodies of ours. `event_type` is the CloudEvents type of its records."""

    body: type[Body]
    event_type: str
    attributes: Callable[[Body], Attributes]
    """Derives key, event id, time and subject of a record from its body."""
    routed: bool = False
    """Whether the partition is that of a city (`schemas/route.py`), and not that of the key."""

    def record(self, body: Body, *, route: str = "") -> Record:
        """Return the record of a body.

        On a routed topic the route decides the partition; without a `route` the key is the route.
        A snapshot on `case-state.v1` has the case id as its key, and its city as its route.
        """
        attributes = self.attributes(body)
        partition_by = partition_of_route if self.routed else partition_of
        partition = partition_by(route or attributes.key, self.partitions)
        return to_record(self.name, partition, self.event_type, body, attributes)


EVENTS = BodyTopic(
    name="events.v1",
    key="route: division code of the city, 6 digits",
    routed=True,
    body=UnifiedEvent,
    event_type="cn.minqing.event.v1",
    attributes=lambda event: Attributes(
        key=event.route,
        event_id=str(event.event_id),
        time=event.occurred_at,
        subject=event.native_id,
    ),
    description="every fact of every channel, located and sealed",
)
CASES = BodyTopic(
    name="cases.v1",
    key="case_id",
    body=CaseEvent,
    event_type="cn.minqing.case.v1",
    attributes=lambda entry: Attributes(
        key=str(entry.case_id), event_id=str(entry.case_event_id), time=entry.at
    ),
    description="every entry of every case, in order, without gaps",
)
CASE_STATE = BodyTopic(
    name="case-state.v1",
    key="case_id",
    body=Case,
    event_type="cn.minqing.case-state.v1",
    attributes=lambda case: Attributes(
        key=str(case.case_id),
        event_id=str(case_event_id_of(case.case_id, case.seq)),
        time=case.updated_at,
    ),
    compacted=True,
    routed=True,
    description="latest snapshot of each case, in the partition of its city; a tombstone"
    " a while after it was settled",
)
CASE_REPORTS = BodyTopic(
    name="case-reports.v1",
    key="event_id",
    body=FiledReport,
    event_type="cn.minqing.case-report.v1",
    attributes=lambda filed: Attributes(
        key=str(filed.report.event_id),
        event_id=str(derive_id("filed-report", str(filed.case_id), filed.report.model_dump_json())),
        time=filed.at,
        subject=str(filed.case_id),
    ),
    compacted=True,
    routed=True,
    description="each report of a large case that the snapshot of the case does not list, in the"
    " partition of its city; a tombstone a while after the case was settled",
)
COMMANDS = BodyTopic(
    name="commands.v1",
    key="route: division code of the city, 6 digits",
    routed=True,
    body=Command,
    event_type="cn.minqing.command.v1",
    attributes=lambda command: Attributes(
        key=command.township, event_id=str(command.command_id), time=command.issued_at
    ),
    description="commands of people and systems to cases",
)
OUTCOMES = BodyTopic(
    name="command-outcomes.v1",
    key="command_id",
    body=CommandOutcome,
    event_type="cn.minqing.command-outcome.v1",
    attributes=lambda outcome: Attributes(
        key=str(outcome.command_id), event_id=str(outcome.command_id), time=outcome.at
    ),
    description="the outcome of each command",
)
FEEDBACK = BodyTopic(
    name="feedback.v1",
    key="channel",
    body=Feedback,
    event_type="cn.minqing.feedback.v1",
    attributes=lambda feedback: Attributes(
        key=feedback.channel, event_id=str(feedback.feedback_id), time=feedback.at
    ),
    description="what each channel sends to its citizens",
)
FEEDBACK_TO_MANY = BodyTopic(
    name="feedback-to-many.v1",
    key="case_id",
    body=FeedbackToMany,
    event_type="cn.minqing.feedback-to-many.v1",
    attributes=lambda notice: Attributes(
        key=str(notice.case_id),
        event_id=str(case_event_id_of(notice.case_id, notice.seq)),
        time=notice.at,
    ),
    description="one text to the filed reports of a large case; the feedback process makes the"
    " feedback of each report of it",
)
DELIVERIES = BodyTopic(
    name="deliveries.v1",
    key="channel",
    body=Delivery,
    event_type="cn.minqing.delivery.v1",
    attributes=lambda delivery: Attributes(
        key=delivery.channel, event_id=str(delivery.feedback_id), time=delivery.at
    ),
    description="the outcome of each feedback: delivered with its proof, or abandoned",
)
FEEDBACK_DEAD = BodyTopic(
    name="feedback-dead.v1",
    key="channel",
    body=DeadFeedback,
    event_type="cn.minqing.feedback-dead.v1",
    attributes=lambda dead: Attributes(
        key=dead.feedback.channel, event_id=str(dead.feedback.feedback_id), time=dead.at
    ),
    description="feedback that was abandoned after many attempts, with the reason",
)
REJECTED = BodyTopic(
    name="rejected.v1",
    key="channel",
    body=Rejected,
    event_type="cn.minqing.rejected.v1",
    attributes=lambda rejected: Attributes(
        key=rejected.channel, event_id=str(rejected.rejected_id), time=rejected.received_at
    ),
    description="messages that cannot become events: raw bytes and reason",
)

RECEIPTS = BodyTopic(
    name="receipts.v1",
    key="channel",
    body=Receipt,
    event_type="cn.minqing.receipt.v1",
    attributes=lambda receipt: Attributes(
        key=receipt.channel, event_id=str(receipt.receipt_id), time=receipt.received_at
    ),
    description="what became of each raw message",
)
DISPOSITIONS = BodyTopic(
    name="dispositions.v1",
    key="route",
    routed=True,
    body=Disposition,
    event_type="cn.minqing.disposition.v1",
    attributes=lambda disposition: Attributes(
        key=disposition.route, event_id=str(disposition.event_id), time=disposition.at
    ),
    description="the outcome of each event, in the partition of the event",
)
DUTIES = BodyTopic(
    name="duties.v1",
    key="grid code",
    body=Duty,
    event_type="cn.minqing.duty.v1",
    attributes=lambda duty: Attributes(
        key=duty.grid_code,
        # A missed duty that a late upload shows as done is a second event.
        event_id=str(derive_id("duty-told", str(duty.duty_id), duty.outcome)),
        time=duty.ends,
        subject=duty.worker,
    ),
    description="patrols and visits whose time is over: done, or missed and by whom",
)
PROJECTS = BodyTopic(
    name="projects.v1",
    key="code of the project",
    body=ProjectRecord,
    event_type="cn.minqing.project.v1",
    attributes=lambda record: Attributes(
        key=record.code,
        event_id=str(record.record_id),
        time=record.at,
        subject=record.division_code,
    ),
    description="what happens to the projects of villages and quarters: stages, money, papers",
)
DELIBERATIONS = BodyTopic(
    name="deliberations.v1",
    key="code of the deliberation",
    body=DeliberationRecord,
    event_type="cn.minqing.deliberation.v1",
    attributes=lambda record: Attributes(
        key=record.code,
        event_id=str(record.record_id),
        time=record.at,
        subject=record.division_code,
    ),
    description="what happens to the topics of villages and quarters: meeting, votes, publication",
)
RULES = BodyTopic(
    name="rules.v1",
    key="rules",
    body=RulesBundle,
    event_type="cn.minqing.rules.v1",
    attributes=lambda bundle: Attributes(
        key="rules", event_id=bundle.version, time=bundle.issued_at
    ),
    fixed_partitions=1,
    compacted=True,
    description="the assignment rules in effect; every worker reads them",
)
RULES_ACKS = BodyTopic(
    name="rules-acks.v1",
    key="worker",
    body=RulesAck,
    event_type="cn.minqing.rules-ack.v1",
    attributes=lambda ack: Attributes(
        key=ack.worker, event_id=str(derive_id("rules-ack", ack.model_dump_json())), time=ack.at
    ),
    fixed_partitions=1,
    description="which version of the rules each worker uses",
)

TOPICS: tuple[BodyTopic[Any], ...] = (
    EVENTS,
    CASES,
    CASE_STATE,
    CASE_REPORTS,
    COMMANDS,
    OUTCOMES,
    FEEDBACK,
    FEEDBACK_TO_MANY,
    DELIVERIES,
    FEEDBACK_DEAD,
    REJECTED,
    RECEIPTS,
    DISPOSITIONS,
    DUTIES,
    PROJECTS,
    DELIBERATIONS,
    RULES,
    RULES_ACKS,
)
"""Topics with bodies of ours."""


def intake_topic(channel: Channel) -> Topic:
    """Return the raw topic of a channel that publishes to Kafka."""
    return Topic(
        name=f"intake.{channel}",
        key="chosen by the channel",
        fixed_partitions=1,
        description=f"raw messages of {channel}, as its system sends them",
    )


INTAKE_TOPICS: tuple[Topic, ...] = tuple(
    intake_topic(channel) for channel in (Channel.POLICE_110, Channel.GOVERNANCE_PLATFORM)
)
"""Raw topics that the intake reads."""
