"""The thing complained of 事物: its issue class, building and object, and the text about it."""

import random
from dataclasses import dataclass

from hub.lab.simulate.language.slips import spoken_building

NAMES = ("天鑫宏福盛瑞嘉华金永兴百凯锦东祥", "隆源达利泰和丰美康顺佳通润安辉乐")
"""First and second characters of the names of firms, shops and schools."""
KINDS = {
    "education.school": "学校",
    "health.service": "医院",
    "labour": "建筑公司",
    "housing.property": "物业",
    "environment": "厂",
    "market.food": "饭店",
    "market": "超市",
}
"""Prefix of the issue class → kind of organisation complained of; otherwise it is a 商行."""


@dataclass(frozen=True, slots=True)
class Thing:
    """The subject of a complaint; `unit` 0 means the whole building."""

    issue_class: str
    building: int
    unit: int
    object_name: str


def draw_thing(draw: random.Random, issue_class: str) -> Thing:
    """Return a random thing with an issue of this class."""
    unit = draw.choice((0, 0, 1, 2, 3))
    return Thing(issue_class, draw.randint(1, 20), unit, _draw_object_name(draw, issue_class))


def _draw_object_name(draw: random.Random, issue_class: str) -> str:
    if issue_class.startswith("transport.bus"):
        return f"{draw.randint(1, 48)}路"
    if issue_class.startswith("transport.taxi"):
        return f"鄂B{draw.randint(10000, 99999)}"
    kind = next((kind for part, kind in KINDS.items() if issue_class.startswith(part)), "商行")
    return "".join(map(draw.choice, NAMES)) + kind


def fill(draw: random.Random, thing: Thing, text: str, place: str) -> str:
    """Return the text of a wording with its slots filled."""
    building = spoken_building(draw, thing.building, thing.unit)
    return text.replace("{p}", place).replace("{b}", building).replace("{o}", thing.object_name)
