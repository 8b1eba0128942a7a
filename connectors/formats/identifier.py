"""Numbers that identify a report in its channel 编号: if one is damaged, it is refused."""

import re

from connectors.contract import DAMAGED, FaultError
from schemas.reports.rejected import Reason

CUT = re.compile(r"\d[.,]\d+[eE]\+?\d{2,3}")
"""`2.02603E+17`: how programs show a long number that is no text."""


def check_whole(identifier: str, position: str) -> None:
    """Raise `FaultError` bad_charset where a character arrived damaged, bad_value for lost digits.

    Two matters whose numbers differ in that character or digit would become one.
    """
    if CUT.fullmatch(identifier):
        detail = f"{identifier[:40]!r} has lost its last digits: send the number as a text"
        raise FaultError(Reason.BAD_VALUE, detail, position)
    if DAMAGED in identifier:
        detail = f"{identifier[:40]!r} has a character whose bytes arrived damaged: send it again"
        raise FaultError(Reason.BAD_CHARSET, detail, position)
