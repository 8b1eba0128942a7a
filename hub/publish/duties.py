"""Publish past duties 应走未走 (patrols and visits) with their outcome on `duties.v1`.

The view `duties` lists the duties. Each is published once when its period is over. If a late upload
shows that a missed duty was done, it is published once more. A repetition after a crash has the
same id.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

import structlog

from hub.broker.producer import KafkaSender, Sender
from hub.runtime.periodic import repeat_forever
from hub.settings.intake import IntakeSettings
from hub.store.client import Store
from schemas.base import BEIJING
from schemas.cloudevent import Record
from schemas.topic import DUTIES
from schemas.town.patrol import Duty, duty_id_of

PAGE = 20_000
PUBLISHED_FOR_DAYS = 120
"""Days in which a late upload still corrects a published duty; the views have no limit."""
OVER = (
    "SELECT plan, plan_name, does, grid_code, division_code, worker, household, case_id, begins,"
    " ends, outcome, done_at, done_by, event_id, subject FROM duties"
    " WHERE ends <= now64(3) AND ends > now64(3) - INTERVAL {days:UInt16} DAY"
    " AND (plan, subject, begins, outcome) NOT IN"
    " (SELECT plan, subject, begins, outcome FROM duty_records)"
    " AND (ends, plan, subject) > (toDateTime64({ends:String}, 3, 'Asia/Shanghai'),"
    " {plan:String}, {subject:String})"
    " ORDER BY ends, plan, subject LIMIT {page:UInt32}"
)
MOMENT = "%Y-%m-%d %H:%M:%S.%f"
START: dict[str, Any] = {"ends": "1970-01-01 00:00:00", "plan": "", "subject": ""}

log = structlog.get_logger()


class DutyPublisher:
    """Publishes the duties that are over and whose outcome is not published yet."""

    def __init__(self, store: Store, sender: Sender) -> None:
        self.store, self.sender = store, sender

    def publish(self) -> int:
        """Publish all past duties; return how many; raises errors of store and broker."""
        count = 0
        for rows in self._pages():
            self.sender.send_all([_record(row) for row in rows])
            count += len(rows)
        if count:
            log.info("duties_published", count=count)
        return count

    def _pages(self) -> Iterator[list[dict[str, Any]]]:
        after = START
        while rows := self.store.named(OVER, {**after, "days": PUBLISHED_FOR_DAYS, "page": PAGE}):
            yield rows
            if len(rows) < PAGE:
                return
            last = rows[-1]
            ends = last["ends"].astimezone(BEIJING).strftime(MOMENT)
            after = {"ends": ends, "plan": last["plan"], "subject": last["subject"]}


def _record(row: dict[str, Any]) -> Record:
    fields = {name: value for name, value in row.items() if name != "subject"}
    duty = Duty(duty_id=duty_id_of(row["plan"], row["subject"], row["begins"]), **fields)
    return DUTIES.record(duty)


async def publish_duties_forever(
    settings: IntakeSettings, store: Store, stop: asyncio.Event
) -> None:
    """Publish past duties every `duties_every` seconds until `stop` is set."""
    sender = KafkaSender(settings)
    publisher = DutyPublisher(store, sender)

    async def publish_once() -> int:
        await asyncio.to_thread(publisher.publish)
        return 0

    await repeat_forever("duties", publish_once, settings.duties_every, stop)
    await asyncio.to_thread(sender.close)
