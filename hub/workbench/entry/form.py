"""The form of an entry 录入表单: its fields, what is wrong with them, and the message. Pure."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from secrets import choice

from connectors.manual_entry import MOST_PEOPLE, WAYS
from hub.tracking.code import ALPHABET
from hub.web.query import DIGITS
from hub.workbench.entry.places import PlaceChoice
from schemas.base import BEIJING
from schemas.category import CATEGORIES
from schemas.reports.fact import URGENCY_NAMES, Urgency
from schemas.wording import title_of

NUMBER = re.compile(rf"RL\d{{8}}-[{ALPHABET}]{{8}}")
"""Number of an entry: the day, and 40 bits that are drawn."""
LONGEST_TEXT, LONGEST_LINE = 5000, 200
LINES = ("name", "phone", "id_number", "address", "title", "place", "object")
PHONE = re.compile(r"[0-9+()（）\- ]{5,30}")
FLAGS = ("anonymous", "confidential", "object_is_person")
FIELDS = ("entry", "way", "text", "category", "urgency", "people", "place_key", *LINES, *FLAGS)


def draw_number(now: datetime) -> str:
    """Return the number of a new entry, such as `RL20261129-7K3M9P2Q`."""
    drawn = "".join(choice(ALPHABET) for _ in range(8))
    return f"RL{now.astimezone(BEIJING):%Y%m%d}-{drawn}"


def read_form(posted: Mapping[str, str]) -> dict[str, str]:
    """Return the value of each field, without blanks around it; empty where it is missing."""
    return {name: str(posted.get(name, "")).strip() for name in FIELDS}


def empty_form(number: str) -> dict[str, str]:
    """Return the values of a new form."""
    return {**dict.fromkeys(FIELDS, ""), "entry": number, "way": "phone", "people": "1"}


def faults_of(values: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with a form, in words: field → sentence; empty if it can be sent."""
    faults = {}
    if not NUMBER.fullmatch(values["entry"]):
        faults["entry"] = "本页已失效，请复制内容后重新打开人工录入"
    if values["way"] not in WAYS:
        faults["way"] = "请选择来电、来访还是来信"
    if not values["text"]:
        faults["text"] = "请写下群众反映的内容"
    if len(values["text"]) > LONGEST_TEXT:
        faults["text"] = f"内容最多{LONGEST_TEXT}字，现有{len(values['text'])}字"
    faults |= {name: f"最多{LONGEST_LINE}字" for name in LINES if len(values[name]) > LONGEST_LINE}
    if values["phone"] and not PHONE.fullmatch(values["phone"]):
        faults["phone"] = "电话只能有数字、加号、括号和横线"
    if values["category"] and values["category"] not in CATEGORIES:
        faults["category"] = "没有这个类别"
    if values["urgency"] and values["urgency"] not in set(Urgency):
        faults["urgency"] = "没有这个紧急程度"
    people = values["people"] or "1"
    if not (DIGITS.fullmatch(people) and 1 <= int(people) <= MOST_PEOPLE):
        faults["people"] = f"人数是1到{MOST_PEOPLE}的整数"
    if not values["anonymous"] and not (values["name"] or values["phone"]):
        faults["name"] = "请填写姓名或电话；不愿留的请勾选匿名"
    return faults


def message_of(
    values: Mapping[str, str], place: PlaceChoice | None, entered_by: str, now: datetime
) -> bytes:
    """Return the message of a form without faults, for the channel `manual_entry`.

    `place` is the place of the register that was chosen; its point and codes go along. `entered_by`
    is the member of staff.
    """
    message = {
        "id": values["entry"],
        "enteredBy": entered_by,
        "way": values["way"],
        "at": now.isoformat(timespec="seconds"),
        "name": values["name"],
        "phone": values["phone"],
        "idNumber": values["id_number"],
        "address": values["address"],
        "anonymous": bool(values["anonymous"]),
        "confidential": bool(values["confidential"]),
        "people": int(values["people"] or "1"),
        "title": values["title"] or title_of(values["text"]),
        "text": values["text"],
        "category": values["category"],
        "urgency": URGENCY_NAMES[Urgency(values["urgency"])] if values["urgency"] else "",
        "place": values["place"],
        "object": values["object"],
        "objectIsPerson": bool(values["object_is_person"]),
    }
    if place is not None:
        message |= {"divisionCode": place.division_code, "gridCode": place.grid_code}
        if place.lon is not None and place.lat is not None:
            message |= {"lon": place.lon, "lat": place.lat}
    sent = {name: value for name, value in message.items() if value not in ("", False)}
    return json.dumps(sent, ensure_ascii=False).encode()
