"""`hub patrols` 巡查走访: check the plans, list the visits that are due, and show the coverage."""

from pathlib import Path
from typing import Any

from hub.admin.ask import ask_store, render_rows
from hub.settings.store import StoreSettings
from hub.town.check import render_findings
from hub.town.check_patrols import check_patrols

DUTY_OUTCOMES = {"done": "已走", "missed": "应走未走", "open": "待走"}
COVERED_BY = {"grid": "grid_code", "worker": "worker", "township": "township"}
"""What coverage is counted by, with its column."""

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
    "plan": "计划",
    "plan_name": "名称",
    "outcome": "结果",
    "grid_code": "网格",
    "worker": "网格员",
    "household": "户",
    "case_id": "事项编号",
    "begins": "起",
    "ends": "止",
    "done_at": "完成时间",
    "done_by": "完成人",
    "day": "周期起",
    "township": "乡镇",
    "due": "应走",
    "done": "已走",
    "missed": "未走",
    "open": "待走",
    "rate": "覆盖率",
}


def check_plans(folder: Path, *, as_json: bool) -> tuple[bool, str]:
    """Return whether the registers and plans of a folder are correct, and the findings."""
    return render_findings(check_patrols(folder), as_json=as_json)


def list_duties(settings: StoreSettings, *, as_json: bool, **filters: Any) -> str:
    """Return the visits that are due, done or missed; raises `HubError`.

    The filters are outcome, plan, grid, worker (empty: any), since, until (days) and limit.
    """
    return _render(ask_store(settings, DUTIES, filters), as_json=as_json)


def show_coverage(settings: StoreSettings, *, by: str, as_json: bool, **filters: Any) -> str:
    """Return how much of the due visits is done, by period; raises `HubError`.

    `by` is a key of `COVERED_BY`; the filters are plan, since and until.
    """
    sql = COVERAGE.replace("VIEW", by).replace("OF", COVERED_BY[by])
    return _render(ask_store(settings, sql, filters), as_json=as_json)


def _render(rows: list[dict[str, Any]], *, as_json: bool) -> str:
    return render_rows(rows if as_json else [_in_chinese(row) for row in rows], as_json=as_json)


def _in_chinese(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with Chinese names and words; a missing value becomes an empty text."""
    values = {name: "" if value is None else value for name, value in row.items()}
    if "outcome" in values:
        values["outcome"] = DUTY_OUTCOMES[values["outcome"]]
    if "rate" in values:
        values["rate"] = f"{values['rate']:.1%}"
    return {NAMES[name]: value for name, value in values.items()}
