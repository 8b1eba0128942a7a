"""Codes of deliberations 议事码, and the address of the public page."""

import re

from hub.numbered.code import derived_code, public_page

LETTER = "d"
"""The first part of the address of a public page."""
_FRAME = re.compile(r"^关于|(的?(议题|事宜|事项|问题|议案|决议|建议|方案))+$")
_SIGNS = re.compile(r"[\W_]+")


def deliberation_code(division_code: str, number: str) -> str:
    """Return the code of a deliberation, such as `7K3M9P2QX4`."""
    return derived_code("deliberation", division_code, number)


def page_of(public_url: str, code: str) -> str:
    """Return the address of the public page; empty if citizens reach no page."""
    return public_page(public_url, LETTER, code)


def plain_title(title: str) -> str:
    """Return a title without its frame and signs: 关于加装电梯的议题 is 加装电梯.

    Two topics with the same plain title in one village are one matter.
    """
    signless = _SIGNS.sub("", title)
    return _FRAME.sub("", signless) or signless
