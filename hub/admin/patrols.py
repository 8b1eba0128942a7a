"""`hub patrols` 巡查走访: check the plans; who was due and not seen; how much is covered."""

from pathlib import Path
from typing import Any

from hub.admin.ask import ask_store, listed
from hub.admin.terms import COVERED_BY, DUTY_OUTCOMES
from hub.settings import Settings
from hub.town.check import render_findings
from hub.town.check_patrols import check_patrols

DUTIES = (
    "SELECT plan, plan_name, outcome, grid_code, worker, household, toString(case_id) AS case_id,"
    " toString(begins) AS begins, toString(ends) AS ends, toString(done_at) AS done_at, done_by"
    " FROM duties AS d WHERE {outcome:String} IN ('', outcome) AND {plan:String} IN ('', plan)"
    " AND {grid:String} IN ('', grid_code) AND {worker:String} IN ('', worker)"
    " AND d.begins >= toDateTime64({since:String}, 3, 'Asia/Shanghai')"
    " AND d.begins < toDateTime64({until:String}, 3, 'Asia/Shanghai') + INTERVAL 1 DAY"
    " ORDER BY d.ends DESC, plan, grid_code, household LIMIT {limit:UInt32}"
)
COVERAGE = (
    "SELECT plan, plan_name, toString(day) AS day, OF, due, done, missed, open, rate"
    " FROM coverage_by_VIEW AS c WHERE {plan:String} IN ('', plan)"
    " AND c.day BETWEEN toDate({since:String}) AND toDate({until:String}) ORDER BY day, plan, OF"
)
NAMES = {
    "plan": "计划", "plan_name": "名称", "outcome": "结果", "grid_code": "网格", "worker": "网格员",
    "household": "户", "case_id": "案件", "begins": "起", "ends": "止", "done_at": "完成时间",
    "done_by": "完成人", "day": "周期起", "township": "乡镇", "due": "应走", "done": "已走",
    "missed": "未走", "open": "待走", "rate": "覆盖率",
}  # fmt: skip


def check(folder: Path, *, as_json: bool) -> tuple[bool, str]:
    """Return whether registers and plans of a folder are sound, and what was found."""
    return render_findings(check_patrols(folder), as_json=as_json)


def list_duties(settings: Settings, *, as_json: bool, **given: Any) -> str:
    """Return what is due, done or missed; raises `HubError`."""
    rows = ask_store(settings, DUTIES, given)
    return listed(rows if as_json else [_named(row) for row in rows], as_json=as_json)


def coverage(settings: Settings, *, by: str, as_json: bool, **given: Any) -> str:
    """Return how much of what is due is done, by period; raises `HubError`."""
    sql = COVERAGE.replace("VIEW", by).replace("OF", COVERED_BY[by])
    rows = ask_store(settings, sql, given)
    return listed(rows if as_json else [_named(row) for row in rows], as_json=as_json)


def _named(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row in Chinese, without the empty words of the store."""
    told = {name: "" if value is None else value for name, value in row.items()}
    if "outcome" in told:
        told["outcome"] = DUTY_OUTCOMES[told["outcome"]]
    if "rate" in told:
        told["rate"] = f"{told['rate']:.1%}"
    return {NAMES[name]: value for name, value in told.items()}
