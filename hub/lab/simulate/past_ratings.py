"""How townships rated departments in the weeks before the demo 此前的镇街评价. Pure.

Most whistles of settled cases are rated, and the others wait on the page 待评价. A department
that came in time is mostly rated well.
"""

import random
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hub.ratings.occasion import Kind, Occasion, may_rate, township_of
from hub.ratings.rating import Grade, Known, Rating, month_of, row_of
from hub.security.sealing import Sealer
from schemas.cases.case import Case, CaseEvent, Move
from streams.town.register import Register

RATED = 0.8
DAYS = 60
GRADES = (Grade.GOOD, Grade.FAIR, Grade.POOR)
IN_TIME_WEIGHTS, LATE_WEIGHTS = (0.65, 0.27, 0.08), (0.15, 0.35, 0.5)


def past_ratings(
    entries: Sequence[CaseEvent], register: Register, sealer: Sealer, end: datetime, seed: int
) -> list[list[Any]]:
    """Return rows of `township_ratings` for the whistles in a history up to `end`."""
    draw, rows = random.Random(f"{seed}/ratings"), list[list[Any]]()
    cases = {entry.case_id: entry.case for entry in entries}
    for entry in entries:
        asked_by = str(entry.data.get("asked_by") or "")
        if entry.move is not Move.WHISTLE or not asked_by:
            continue
        case = cases[entry.case_id]
        for unit in entry.data["units"]:
            named = asked_by, str(case.case_id), entry.seq, unit
            occasion = Occasion(*named, Kind.WHISTLE, entry.at)
            if case.settled_at is None or not may_rate(occasion, case, end, DAYS):
                continue
            if draw.random() < RATED:
                known = Known(month_of(case.settled_at), 1)
                township = township_of(asked_by, register)
                rows.append(row_of(sealer, occasion, township, _drawn(draw, case, unit), known))
    return rows


def _drawn(draw: random.Random, case: Case, unit: str) -> Rating:
    in_time = any(w.arrived[unit] <= w.report_by for w in case.whistles if unit in w.arrived)
    (grade,) = draw.choices(GRADES, IN_TIME_WEIGHTS if in_time else LATE_WEIGHTS)
    return Rating(in_time, solved=grade is not Grade.POOR or draw.random() < 0.5, grade=grade)
