"""The conclusions of a daily digest 要点与建议: what matters, what to do, and who. Pure.

They come in a fixed order: danger first, then what rises, what many report, what is late, what has
no unit, who asks again, and which rounds were missed. Each states its number and leads to its list.
"""

from collections.abc import Iterator

from hub.digest.document import Conclusion
from hub.digest.findings import Findings
from hub.digest.rise import Rise
from schemas.base import BEIJING
from schemas.cases.case import STATE_NAMES, State

MOST_RISES, MOST_CLUSTERS, MOST_UNITS = 3, 2, 3
"""How many of each kind are conclusions; the sections list all."""
CLUSTER_SIZE = 5
"""Reports on the day that make one matter a conclusion."""
FLOOD = 20
"""Reports of one person on one day that are called a flood 刷件."""
LOW_COVERAGE = 0.9
COUNTABLE = 0.5
"""People on a usual day below which no multiple is stated."""
NOBODY = "待明确承办单位"


def conclusions(findings: Findings) -> tuple[Conclusion, ...]:
    """Return the conclusions of a day; a quiet day has one that says so."""
    every = (
        *_urgent(findings),
        *_risen(findings),
        *_clusters(findings),
        *_overdue(findings),
        *_triage(findings),
        *_again(findings),
        *_rounds(findings),
    )
    return every or (Conclusion(_quiet(findings)),)


def _quiet(findings: Findings) -> str:
    if not findings.flow.total(findings.day.date):
        return "当日没有收到群众反映，无突增、无集中反映、无超期事项。"
    return "当日平稳：无突增、无集中反映、无超期事项。"


def _urgent(findings: Findings) -> Iterator[Conclusion]:
    rows = findings.urgent
    if not rows:
        return
    oldest = rows[0]
    what = f"{oldest['place_name']}{findings.names.category(oldest['category'])}"
    units = _listed([findings.names.unit(row["unit"]) for row in rows if row["unit"]])
    since = f"{oldest['opened_at'].astimezone(BEIJING):%m月%d日%H时%M分}"
    yield Conclusion(
        f"日终仍有紧急事项{len(rows)}件未结，最早一件为{what}（{since}立案）。",
        "逐件到场处置，当日报告结果。",
        units or NOBODY,
        findings.rows_page("urgent"),
    )


def _risen(findings: Findings) -> Iterator[Conclusion]:
    for rise in findings.risen[:MOST_RISES]:
        township, category = rise.key
        unit = findings.handlers.get((township, category), "")
        yield Conclusion(
            f"{findings.names.area(township)}{findings.names.category(category)}当日{rise.today}人反映，"
            f"{usually(rise)}。",
            "当日到现场核实原因，统一答复。",
            findings.names.unit(unit) if unit else NOBODY,
            findings.rows_page("reports", township=township, category=category),
        )
    left = len(findings.risen) - MOST_RISES
    if left > 0:
        yield Conclusion(f"另有{left}类事项突增，见第二部分。", url=findings.rows_page("reports"))


def usually(rise: Rise) -> str:
    """Return how a rise compares; a multiple of next to nothing would only sound precise."""
    if rise.usual < COUNTABLE:
        return "平时很少有"
    return f"为平时（{rise.usual:.1f}人）的{rise.today / rise.usual:.1f}倍"


def _clusters(findings: Findings) -> Iterator[Conclusion]:
    large = [row for row in findings.clusters if row["fresh"] >= CLUSTER_SIZE]
    for row in large[:MOST_CLUSTERS]:
        what = f"{row['place_name']}{findings.names.category(row['category'])}"
        yield Conclusion(
            f"{what}当日新增{row['fresh']}件、累计{row['reports']}件诉求反映同一事项，"
            f"{STATE_NAMES[State(row['state'])]}。",
            "作为一个事项办理，答复全部诉求人。",
            findings.names.unit(row["unit"]) if row["unit"] else NOBODY,
            findings.pages.case(row["case_id"]),
        )


def _overdue(findings: Findings) -> Iterator[Conclusion]:
    rows = findings.overdue
    if not rows:
        return
    worst = max(rows, key=lambda row: row["hours"])
    counts = "、".join(
        f"{findings.names.unit(row['unit'])}{row['overdue']}件" for row in rows[:MOST_UNITS]
    )
    more = f"等{len(rows)}个单位" if len(rows) > MOST_UNITS else ""
    yield Conclusion(
        f"日终超期未结{sum(row['overdue'] for row in rows)}件：{counts}{more}；"
        f"最久已超期{worst['hours'] / 24:.1f}天（{findings.names.unit(worst['unit'])}）。",
        "限期办结；确有困难的说明原因并申请延期。",
        _listed([findings.names.unit(row["unit"]) for row in rows]),
        findings.rows_page("overdue"),
    )


def _triage(findings: Findings) -> Iterator[Conclusion]:
    waiting = findings.states["triage"]
    if waiting:
        yield Conclusion(
            f"日终待研判{waiting}件，尚无承办单位。",
            "当日研判派单；职责不清的提请牵头部门明确。",
            "分派席",
            findings.rows_page("triage"),
        )


def _again(findings: Findings) -> Iterator[Conclusion]:
    cases = {case for row in findings.repeated for case in row["cases"]}
    still = len(findings.still_open & cases)
    if still:
        yield Conclusion(
            f"{len(findings.repeated)}人三十日内反映三次以上、当日又来，涉及未结事项{still}件。",
            "逐人明确包案负责人，主动回访。",
            "各承办单位",
        )
    for row in findings.repeated:
        if row["today"] >= FLOOD:
            yield Conclusion(
                f"一人当日反映{row['today']}次，疑似刷件；突增判断中只计一人。",
                "由热线联系核实，不影响其合理诉求的办理。",
                "热线话务",
            )
            return


def _rounds(findings: Findings) -> Iterator[Conclusion]:
    due = sum(row["due"] for row in findings.rounds)
    done = sum(row["done"] for row in findings.rounds)
    missed = sum(row["missed"] for row in findings.rounds)
    if due and done / due < LOW_COVERAGE:
        yield Conclusion(
            f"巡查走访应走{due}次，已走{done}次，未走{missed}次，覆盖率{done / due:.0%}。",
            "次日补走，重点人户优先。",
            "各乡镇街道",
        )


def _listed(names: list[str]) -> str:
    """Return names once each, in order, the first few of them."""
    distinct = list(dict.fromkeys(names))
    more = "等" if len(distinct) > MOST_UNITS else ""
    return "、".join(distinct[:MOST_UNITS]) + more
