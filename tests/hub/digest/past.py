"""Eight weeks of reports and commands for the tests of the digest, and what a reader sees of it."""

from datetime import date, datetime, timedelta
from typing import Any

from hub.digest.document import (
    Cell,
    Document,
    Link,
    Section,
    Sparkline,
)
from hub.digest.forms.pictures import blocks
from hub.digest.queries import Day
from hub.store.client import Store
from schemas.base import BEIJING
from schemas.cases.case import Move
from schemas.reports.event import UnifiedEvent
from schemas.topic import CASES, DISPOSITIONS, EVENTS
from streams.case.deadline import is_working_day
from streams.case.state import PartitionState
from streams.steps import command as follow
from streams.steps import event as receive
from streams.steps import time as clock
from tests.builders.commands import command
from tests.builders.stored import keep
from tests.builders.town import REGISTER, event
from tests.hub.publish.expected_duties import midnight

DAY = date(2026, 3, 27)
"""A Friday, seven weeks after the spring festival."""
LATER = Day(DAY, datetime(2026, 4, 2, 8, tzinfo=BEIJING))
SECRET = "王秀英打来电话说丈夫的病情"
WORDS = {
    "environment.water": "幸福小区旁边的河水发黑发臭",
    "facility.streetlight": "幸福小区门口的路灯不亮",
    "order.parking": "幸福小区门口乱停车",
    "market.food": "幸福小区超市卖过期食品",
}


class Past:
    """The reports and commands of eight weeks, as the topics have them."""

    def __init__(self) -> None:
        self.state, self.number = PartitionState(), 0
        self.entries: list[Any] = []
        self.events: list[Any] = []
        self.dispositions: list[Any] = []

    def add_report(self, day: date, category: str, hour: float = 9, **more: Any) -> UnifiedEvent:
        """Add a report of a person on a day."""
        self.number += 1
        changes = {name: more.pop(name) for name in ("confidential", "content") if name in more}
        document = event(
            more.pop("name_of", f"n{self.number}"),
            category=category,
            name="幸福小区",
            reporter=more.pop("reporter", f"r{self.number}"),
            content=changes.get("content", WORDS[category] + str(self.number)),
            **more,
        )
        at = midnight(day) + timedelta(hours=hour)
        document = document.model_copy(
            update={
                "received_at": at,
                "occurred_at": at,
                **changes,
            }
        )
        self.events.append(document)
        for effects in clock.step(self.state, REGISTER, at):
            self.entries += effects.case_events
        self.take(receive.step(self.state, document, REGISTER))
        return document

    def take(self, effects: Any) -> None:
        """Keep the effects of a step."""
        self.state.apply(effects)
        self.entries += effects.case_events
        if effects.disposition is not None:
            self.dispositions.append(effects.disposition)

    def move(
        self, document: UnifiedEvent, move: Move, day: date, hour: float = 10, **more: Any
    ) -> None:
        """Move the case of a report by a command."""
        case = self.state.case_of(document.channel, document.native_id)
        assert case is not None
        at = midnight(day) + timedelta(hours=hour)
        effects = follow.step(self.state, command(case, move, **more), REGISTER, at)
        assert effects.case_events, effects.outcome
        self.take(effects)

    def keep(self, store: Store) -> None:
        """Store it; a third of it twice."""
        for topic, bodies in (
            (CASES.name, self.entries),
            (EVENTS.name, self.events),
            (DISPOSITIONS.name, self.dispositions),
        ):
            keep(store, topic, *bodies)
            keep(store, topic, *bodies[::3])


def add_history(past: Past) -> None:
    """Add eight weeks in which a parking complaint comes every working day."""
    for back in range(56, 0, -1):
        day = DAY - timedelta(days=back)
        if is_working_day(day):
            past.add_report(day, "order.parking", grid="G2")


def section(document: Document, title: str) -> Section:
    """Return the section of a title."""
    return next(item for item in document.sections if title in item.title)


def shown(cell: Cell) -> str:
    """Return what a reader sees of a cell."""
    if isinstance(cell, Sparkline):
        return blocks(cell)
    return cell.text if isinstance(cell, Link) else cell


def rows_of(document: Document, title: str) -> list[tuple[str, ...]]:
    """Return the rows of a section's table as they are read."""
    table = section(document, title).table
    assert table is not None
    return [tuple(map(shown, row)) for row in table.rows]
