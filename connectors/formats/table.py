"""What CSV and Excel tables share: a header by names, totals at the foot, no formulas."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.contract import FaultError
from connectors.values.text import half_width, tidy
from schemas.reports.rejected import Reason

FORMULA = re.compile(r"^(?:[=@]|[+-]\s*[A-Za-z_]+\s*\()")
"""What a spreadsheet would run. `+86 138…`, `-` and `-5` are no formulas."""
TOTALS = ("合计", "总计", "小计", "共计")


@dataclass(frozen=True, slots=True)
class Columns:
    """Column name → index from 0; `width` is how many cells a row has."""

    places: dict[str, int]
    width: int

    @classmethod
    def of(cls, header: Sequence[object], needed: Sequence[str], position: str) -> "Columns":
        """Return the columns; raises `FaultError` if a required one is missing or stands twice."""
        names = [tidy(half_width(str(cell or ""))) for cell in header]
        for name in needed:
            if name not in names:
                detail = f"no column {name}; found: {', '.join(filter(None, names))[:200]}"
                raise FaultError(Reason.MISSING_FIELD, detail, position)
        twice = sorted({name for name in names if name and names.count(name) > 1})
        if twice:
            detail = f"columns told twice: {', '.join(twice)}"
            raise FaultError(Reason.BAD_SYNTAX, detail, position)
        return cls({name: index for index, name in enumerate(names) if name}, len(names))


def is_total(row: Sequence[object]) -> bool:
    """Return whether a row is a total 合计 and no report."""
    first = next((tidy(cell) for cell in row if tidy(cell)), "")
    return first.startswith(TOTALS)


def check_formula(cell: str, position: str) -> None:
    """Raise `FaultError` forbidden_content for a cell that a spreadsheet would run."""
    if FORMULA.match(cell):
        raise FaultError(Reason.FORBIDDEN_CONTENT, "a formula, not a value", position)
