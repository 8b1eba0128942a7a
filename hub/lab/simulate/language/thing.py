"""The thing complained of 事物: a trouble, its building, who is to blame; and how it is told."""

import random
from dataclasses import dataclass

from hub.lab.simulate.language.slips import said_building

NAMES = ("天鑫宏福盛瑞嘉华金永兴百凯锦东祥", "隆源达利泰和丰美康顺佳通润安辉乐")
"""First and second characters of what firms, shops and schools are called."""
KINDS = {
    "education.school": "学校",
    "health.service": "医院",
    "labour": "建筑公司",
    "housing.property": "物业",
    "environment": "厂",
    "market.food": "饭店",
    "market": "超市",
}
"""What kind of body is complained of, by the beginning of the trouble; a 商行 elsewhere."""


@dataclass(frozen=True, slots=True)
class Thing:
    """`unit` 0 is no part of the building."""

    trouble: str
    building: int
    unit: int
    whom: str


def draw_thing(draw: random.Random, trouble: str) -> Thing:
    """Return a thing that has a trouble."""
    unit = draw.choice((0, 0, 1, 2, 3))
    return Thing(trouble, draw.randint(1, 20), unit, _whom(draw, trouble))


def _whom(draw: random.Random, trouble: str) -> str:
    if trouble.startswith("transport.bus"):
        return f"{draw.randint(1, 48)}路"
    if trouble.startswith("transport.taxi"):
        return f"鄂B{draw.randint(10000, 99999)}"
    kind = next((kind for part, kind in KINDS.items() if trouble.startswith(part)), "商行")
    return "".join(map(draw.choice, NAMES)) + kind


def fill(draw: random.Random, thing: Thing, text: str, place: str) -> str:
    """Return a wording with its slots filled."""
    building = said_building(draw, thing.building, thing.unit)
    return text.replace("{p}", place).replace("{b}", building).replace("{o}", thing.whom)
