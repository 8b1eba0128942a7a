"""Rules of notices 提醒规则: who is told what, when not at night, and how much together.

A YAML file of the data folder, because the addresses of robots are secrets.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator

from hub.notifications.notices.notice import AT_ONCE, Notice, NoticeKind
from hub.notifications.yaml_file import YamlFileError, read_yaml
from hub.runtime.errors import HubError
from hub.runtime.paths import DataPaths
from hub.settings.base import CommonSettings
from schemas.base import BEIJING, Frozen

PAGE = "page"
"""The receiver that always exists: the bell of the workbench."""


class NoticesError(HubError, ValueError):
    """The file of notices is invalid; the message says where and why."""


def _is_span(text: str) -> str:
    start, _, end = text.partition("-")
    if time.fromisoformat(start).tzinfo or time.fromisoformat(end).tzinfo:
        raise ValueError("write it in Beijing time, such as 20:00-07:30")
    return text


def _is_mailbox(text: str) -> str:
    if "@" not in text or not text.isprintable():
        raise ValueError("write it in one line, such as zhou@city.example")
    return text


Span = Annotated[str, AfterValidator(_is_span)]
"""A span of the day in Beijing time, such as 20:00-07:30."""
Mailbox = Annotated[str, AfterValidator(_is_mailbox)]
"""An address of mail, with or without a name. A line end in it would begin another header."""


class Receiver(Frozen):
    """A robot of a group chat, or mailboxes. `quiet` holds back everything but the most urgent.

    `gather` is the time in minutes for which notices are gathered into one message.
    """

    robot: Literal["", "wecom", "dingtalk", "feishu"] = Field(
        default="", description="企业微信, 钉钉 or 飞书"
    )
    url: str = ""
    secret: str = Field(default="", description="加签 of 钉钉 and 飞书; empty: not used")
    mail: tuple[Mailbox, ...] = ()
    quiet: Span | Literal[""] = ""
    gather: float = Field(default=5.0, ge=0, le=1440)

    @model_validator(mode="after")
    def _has_an_address(self) -> "Receiver":
        if bool(self.robot) == bool(self.mail):
            raise ValueError("give either robot with url, or mail")
        if self.robot and not self.url:
            raise ValueError("a robot needs its url")
        return self

    def is_quiet(self, now: datetime) -> bool:
        """Whether this is a time in which the receiver is not disturbed."""
        if not self.quiet:
            return False
        start, _, end = self.quiet.partition("-")
        first, last = time.fromisoformat(start), time.fromisoformat(end)
        clock = now.astimezone(BEIJING).time()
        return first <= clock < last if first <= last else clock >= first or clock < last

    def is_time(self, notices: list[Notice], taken_at: float, now: datetime) -> bool:
        """Whether to send what waits; `taken_at` is when its oldest was taken (epoch seconds)."""
        if any(notice.kind in AT_ONCE for notice in notices):
            return True
        if self.is_quiet(now):
            return False
        return now.timestamp() - taken_at >= timedelta(minutes=self.gather).total_seconds()


class Rule(Frozen):
    """Which notices go to a receiver: of these kinds, and of this unit and area, if named."""

    to: str
    when: tuple[NoticeKind, ...] = Field(min_length=1)
    unit: str = ""
    area: str = ""

    def selects(self, notice: Notice) -> bool:
        """Whether the rule selects a notice."""
        return (
            notice.kind in self.when
            and (not self.unit or self.unit in notice.units)
            and notice.area.startswith(self.area)
        )


class NoticeRules(Frozen):
    """All receivers and rules; `sender` is the From of mails, `digest` robots that get the digest.

    Who gets the digest by mail is a setting of the digest.
    """

    sender: Mailbox | Literal[""] = ""
    receivers: Mapping[str, Receiver] = Field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    digest: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _names_known_receivers(self) -> "NoticeRules":
        if PAGE in self.receivers:
            raise ValueError(f"{PAGE} is the page of the staff; choose another name")
        for rule in self.rules:
            if rule.to not in (PAGE, *self.receivers):
                known = ", ".join((*self.receivers, PAGE))
                raise ValueError(f"no receiver {rule.to}; there are: {known}")
        for name in self.digest:
            if name not in self.receivers or not self.receivers[name].robot:
                known = ", ".join(
                    code for code, receiver in self.receivers.items() if receiver.robot
                )
                raise ValueError(f"digest: no robot {name}; there are: {known or 'none'}")
        if not self.sender and any(receiver.mail for receiver in self.receivers.values()):
            raise ValueError("mail needs sender, the From of the mails")
        return self

    def receivers_of(self, notice: Notice) -> list[str]:
        """Return the names of the receivers of a notice, each once."""
        return list(dict.fromkeys(rule.to for rule in self.rules if rule.selects(notice)))


def load_rules(settings: CommonSettings) -> NoticeRules:
    """Return the rules; without a file there are none. Raises `NoticesError`."""
    path = DataPaths(settings.data).notices
    try:
        document = read_yaml(path)
    except FileNotFoundError:
        return NoticeRules()
    except YamlFileError as error:
        raise NoticesError(str(error)) from error
    try:
        return NoticeRules.model_validate(document)
    except ValidationError as error:
        raise NoticesError(f"{path}: {_words(error)}") from error


def _words(error: ValidationError) -> str:
    """Return all faults, each with its place; values may be secrets, so they are left out."""
    return "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg']}"
        for fault in error.errors(include_input=False, include_url=False)
    )


def unknown_codes(rules: NoticeRules, units: frozenset[str], areas: frozenset[str]) -> list[str]:
    """Return one sentence for each unit and area that the town does not have."""
    faults = [
        f"rules.{index}: no unit {rule.unit} in units.csv"
        for index, rule in enumerate(rules.rules)
        if rule.unit and rule.unit not in units
    ]
    faults += [
        f"rules.{index}: no area or grid begins with {rule.area}"
        for index, rule in enumerate(rules.rules)
        if rule.area and not any(code.startswith(rule.area) for code in areas)
    ]
    return faults


def rules_path(settings: CommonSettings) -> Path:
    """Return the path of the file."""
    return DataPaths(settings.data).notices
