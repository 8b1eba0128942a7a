"""Writes what a window system 窗口系统 pushes: stages of service items, several in one message."""

from collections.abc import Sequence

from hub.lab.simulate.native.pushes import dump, local
from hub.lab.simulate.scenario.message import Message
from hub.lab.simulate.scenario.services import ServiceRecord
from schemas.channel import Channel
from schemas.reports.raw import Transport
from schemas.reports.service import STAGE_NAMES

RECORDS = 5
"""Records of one message."""


def service_messages(records: Sequence[ServiceRecord]) -> list[Message]:
    """Return the pushes of records, in their order; items are no matters, so they have no truth."""
    return [_message(records[first : first + RECORDS]) for first in range(0, len(records), RECORDS)]


def _message(records: Sequence[ServiceRecord]) -> Message:
    items = [
        {
            "projectNo": record.number,
            "taskCode": record.matter.code,
            "taskName": f"{record.matter.name}一件事",
            "themeName": record.matter.name,
            "linkName": STAGE_NAMES[record.stage],
            "linkNo": record.step,
            "handleTime": local(record.at) if record.at else None,
            "promiseDay": record.matter.days,
            "applyName": record.person.name,
            "contactMobile": record.person.phone,
            "applyCardNumber": record.person.id_number,
            "deptName": record.matter.department,
            "areaCode": record.place.division_code,
        }
        for record in records
    ]
    return Message(
        Channel.SERVICE_ITEMS,
        Transport.HTTP,
        dump({"items": items}),
        len(items),
        (),
        "application/json",
    )
