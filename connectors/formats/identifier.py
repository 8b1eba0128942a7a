"""Numbers that identify a report in its channel 编号: if one is damaged, it is refused."""

from connectors.contract import DAMAGED, FaultError
from schemas.reports.rejected import Reason


def check_whole(identifier: str, position: str) -> None:
    """Raise `FaultError` bad_charset where a character arrived damaged.

    Two matters whose numbers differ in that character would become one.
    """
    if DAMAGED in identifier:
        detail = f"{identifier[:40]!r} has a character whose bytes arrived damaged: send it again"
        raise FaultError(Reason.BAD_CHARSET, detail, position)
