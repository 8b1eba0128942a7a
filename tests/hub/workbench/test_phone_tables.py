"""Tables on a phone: they have no header there, so each number has its name before it."""

import re

import pytest

from hub.workbench.page import ROOT

CELL = re.compile(r"<td[^>]*>((?:(?!</td>).)*)</td>", re.DOTALL)
NUMBERS = {
    "service_items/service_items.html": ("row.counts[list]", "row.median_days", "row.on_time"),
    "grid_pages/list.html": ("count)",),
    "ratings/table.html": (
        *("line.score", "line.townships", "line.township_score", "line.in_time", "line.solved"),
        *("line.citizens", "line.citizen_score"),
    ),
    "burdens/burdens.html": ("row.tasks", "row.admitted", "row.receipts", "row.load"),
    "projects/list.html": ("row.budget", "row.raised"),
    "digest_pages/list.html": ("row.reports",),
}
"""Template → the expressions of its numbers."""


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_has_its_name_before_it(name: str) -> None:
    """`1 0 0 1 0` says nothing to somebody who sees no header."""
    cells = CELL.findall((ROOT / name).read_text(encoding="utf-8"))
    for number in NUMBERS[name]:
        shown = [cell for cell in cells if number in cell]
        assert shown, number
        assert all('class="label"' in cell for cell in shown), number
