"""Invented citizens 虚构居民: names, phone and ID numbers in valid formats, of no real person."""

import random
from dataclasses import dataclass

from connectors.values.id_number import check_of

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
FORENAME_CHARACTERS = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国"
PREFIXES = ("130", "135", "138", "139", "150", "158", "177", "186", "189")
AREA = "429999"


@dataclass(frozen=True, slots=True)
class Person:
    """One invented citizen."""

    name: str
    phone: str
    id_number: str


def draw_person(draw: random.Random) -> Person:
    """Return a random person; the ID number has a correct check character and no real area."""
    body = f"{AREA}{draw.randint(1950, 2004)}{draw.randint(1, 12):02d}{draw.randint(1, 28):02d}"
    body += f"{draw.randrange(1000):03d}"
    check = check_of(body)
    return Person(
        name=draw.choice(SURNAMES)
        + "".join(draw.choices(FORENAME_CHARACTERS, k=draw.randint(1, 2))),
        phone=f"{draw.choice(PREFIXES)}{draw.randrange(10**8):08d}",
        id_number=body + check,
    )
