"""What the public pages of projects and deliberations share 公示内容: names and counts. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.numbered.log import RunQuery
from hub.security.masking import mask_text
from schemas.base import BEIJING
from schemas.numbered import Span

PLACE = (
    "SELECT (SELECT any(name) FROM areas WHERE code = {division:String}) AS village,"
    " (SELECT any(name) FROM areas WHERE code = {township:String}) AS township,"
    " (SELECT any(name) FROM units WHERE code = {unit:String}) AS unit"
)
COMING = "未开始"
"""What is said of a part that is still to come."""
OPINIONS = """
SELECT count() AS reports, countIf(settled) AS settled FROM
(
    SELECT event_id,
           case_id IN (SELECT case_id FROM cases WHERE settled_at IS NOT NULL AND case_id IN
               (SELECT case_id FROM dispositions WHERE event_id IN
                   (SELECT event_id FROM TABLE WHERE COLUMN = {code:String}))) AS settled
    FROM
    (
        SELECT r.event_id AS event_id, d.case_id AS case_id
        FROM (SELECT event_id FROM TABLE WHERE COLUMN = {code:String}) AS r
        LEFT JOIN
        (
            SELECT event_id, case_id FROM dispositions WHERE event_id IN
                (SELECT event_id FROM TABLE WHERE COLUMN = {code:String})
        ) AS d ON d.event_id = r.event_id
    )
)"""


def names_of(run_query: RunQuery, division_code: str, unit: str) -> Mapping[str, Any]:
    """Return the names of a `village`, its `township` and a `unit`; None where one is unknown."""
    codes = {"division": division_code, "township": division_code[:9], "unit": unit}
    (names,) = run_query(PLACE, codes)
    return names


def village_name(names: Mapping[str, Any], division_code: str) -> str:
    """Return the name of a village after that of its township, as `names_of` gives them."""
    return f"{names['township'] or ''}{names['village'] or division_code}"


def opinions_of(run_query: RunQuery, kind: str, code: str) -> Mapping[str, Any]:
    """Return how many `reports` are about a matter, and how many of them are `settled`.

    `kind` is `project` or `deliberation`.
    """
    sql = OPINIONS.replace("TABLE", f"{kind}_reports").replace("COLUMN", kind)
    (counts,) = run_query(sql, {"code": code})
    return counts


def day_of(at: datetime) -> str:
    """Return the day of a time in Beijing."""
    return f"{at.astimezone(BEIJING):%Y-%m-%d}"


@dataclass(frozen=True, slots=True)
class PartView:
    """A part of the way: its state in words, its days, notes, and names of public pictures."""

    name: str
    state: str
    days: str
    notes: tuple[str, ...] = ()
    photos: tuple[str, ...] = ()
    is_present: bool = False


def part_view(name: str, span: Span, late: int, state: str) -> PartView:
    """Return a part of the way; `late` is by how many days it is overdue now.

    `state` is what is said of it once it is over.
    """
    begun = day_of(span.entered_at)
    photos = tuple(dict.fromkeys(paper.photo for paper in span.papers if paper.is_public))
    notes = tuple(mask_text(note) for note in span.notes)
    if span.left_at is not None:
        return PartView(name, state, f"{begun} 至 {day_of(span.left_at)}", notes, photos)
    state = f"进行中，已超期{late}天" if late else "进行中"
    return PartView(name, state, f"{begun} 起，期限 {span.due}", notes, photos, is_present=True)
