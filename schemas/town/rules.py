"""Assignment rules 交办规则: the first rule that applies decides. Pure data."""

from enum import StrEnum

from pydantic import Field, model_validator

from schemas.base import SCHEMA_VERSION, Frozen, Instant
from schemas.reports.danger import DangerKind
from schemas.reports.fact import Urgency
from schemas.town.register import Responsibility, Unit

MOST_DAYS_AFTER = 30
"""Days for which a worker keeps a settled case in memory."""


class When(Frozen):
    """Conditions of a rule: all that are set must hold; without any the rule always applies."""

    category: tuple[str, ...] = Field(default=(), description="leaves, or family.* for a family")
    words: tuple[str, ...] = Field(default=(), description="title or content contains one of them")
    without: tuple[str, ...] = Field(
        default=(), description="title and content contain none of them"
    )
    urgency: tuple[Urgency, ...] = ()
    area: tuple[str, ...] = Field(default=(), description="prefixes of division codes")


class Rule(Frozen):
    """One rule; it sets exactly one action: `lowest`, `lead`, `hand_over` or `triage`."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    name: str = Field(description="in Chinese, for people")
    when: When = When()
    lowest: bool = Field(
        default=False,
        description="assign to the lowest tier whose duty list has the category 主责之外不派",
    )
    lead: str = Field(default="", description="unit type that leads 牵头")
    assist: tuple[str, ...] = Field(default=(), description="unit types that assist 协办")
    hand_over: str = Field(default="", description="code of a unit outside 移送")
    triage: bool = Field(default=False, description="a person decides 待研判")
    reason: str = ""

    @model_validator(mode="after")
    def _has_a_single_action(self) -> "Rule":
        names = ("lowest", "lead", "hand_over", "triage")
        actions = [name for name in names if getattr(self, name)]
        if len(actions) != 1:
            what = "、".join(actions) or "nothing"
            raise ValueError(f"needs one of lowest, lead, hand_over, triage; has {what}")
        if self.assist and not self.lead:
            raise ValueError("assist needs a lead")
        if (self.hand_over or self.triage) and not self.reason:
            raise ValueError("needs a reason in words")
        return self


LOWEST = Rule(id="lowest-tier", name="属地就低", lowest=True)
"""The rule of a town that has no rules of its own."""


class Again(StrEnum):
    """What a new report of a settled matter does 办结后再次反映."""

    FOLLOW = "follow"
    """It opens a new case, which names the settled one as its former case 前案."""
    REOPEN = "reopen"
    """It joins the settled case and reopens it 重办."""
    SUGGEST = "suggest"
    """It opens a new case, and a person is asked whether it is the same matter."""


class AfterSettled(Frozen):
    """How long a settled case is compared with new reports, and what a report of its matter does.

    The person who reported the settled matter and reports it again is not content with the answer:
    unless `again` is suggest, the case is then reopened, once.
    """

    days: int = Field(default=15, ge=0, le=MOST_DAYS_AFTER, description="0: never compared")
    again: Again = Again.FOLLOW


class Alarm(Frozen):
    """Which departments the hub whistles for 紧急哨 if a report shows a danger to life."""

    danger: tuple[DangerKind, ...] = Field(default=(), description="empty: every kind")
    whistle: tuple[str, ...] = Field(min_length=1, description="codes of units of the county")


class RuleSet(Frozen):
    """The rules of a town. `out_of_area` is the outside unit for places outside the town.

    `last_decider` 兜底单位 is the unit to which the dispatcher may assign what no duty list has.
    The first of `alarms` that names the kind of a danger decides who is called.
    """

    out_of_area: str = ""
    last_decider: str = ""
    alarms: tuple[Alarm, ...] = ()
    rules: tuple[Rule, ...] = (LOWEST,)
    after_settled: AfterSettled = AfterSettled()


class RulesBundle(Frozen):
    """Units, duty lists and rules as one version, on `rules.v1`; workers adopt it as a whole."""

    version: str = Field(description="hex digest of the files")
    issued_at: Instant
    units: tuple[Unit, ...]
    duties: tuple[Responsibility, ...]
    rules: RuleSet
    schema_version: int = SCHEMA_VERSION


class RulesAck(Frozen):
    """Acknowledgement that a worker uses a version of the rules, on `rules-acks.v1`."""

    version: str
    worker: str = Field(description="host and process of the worker")
    partitions: tuple[int, ...] = Field(description="partitions of events.v1 that the worker owns")
    at: Instant
    schema_version: int = SCHEMA_VERSION
