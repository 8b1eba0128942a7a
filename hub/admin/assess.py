"""`hub assess` 工作考核: figures by unit, grid, township or worker, and the cases they count."""

from collections.abc import Mapping
from typing import Any

from hub.admin.ask import ask_store, render_rows
from hub.runtime.errors import HubError
from hub.settings.store import StoreSettings

FIGURES = {
    "acceptance": "按时签收",
    "settlement": "按时办结",
    "overdue": "超期",
    "return": "退单",
    "extension": "延期",
    "urging": "催办",
    "reopening": "重办",
    "whistle": "按时报到",
    "response": "响应",
    "solution": "解决",
    "satisfaction": "满意",
}
"""Names of the figures; docs/assessment.md explains what each counts."""

RATED = ("acceptance", "settlement", "whistle", "response", "solution", "satisfaction")
"""Figures that have a rate; the others are numbers only."""
VIEWS = {"unit": "unit", "grid": "grid_code", "township": "township"}
COLUMNS = {
    "figure": "指标",
    "month": "月份",
    "unit": "单位",
    "grid_code": "网格",
    "township": "乡镇",
    "occasions": "件次",
    "well": "达标",
    "rate": "比率",
    "case_id": "事项编号",
    "at": "时间",
    "good": "达标",
    "worker": "网格员",
    "found": "上报",
    "settled_of_them": "其中办结",
}
FIGURES_BY = (
    "SELECT figure, toString(month) AS month, COLUMN, occasions, well, rate FROM assessment_by_VIEW"
    " WHERE {month:String} IN ('', toString(month)) AND {figure:String} IN ('', figure)"
    " AND {of:String} IN ('', COLUMN) ORDER BY month, COLUMN, figure"
)
BY_WORKER = (
    "SELECT toString(month) AS month, worker, found, settled_of_them FROM assessment_by_worker"
    " WHERE {month:String} IN ('', toString(month)) ORDER BY month, worker"
)
NAMED = frozenset({"unit", "grid_code", "township"})
"""Columns whose codes are shown as names."""
NAMES = (
    "SELECT code, any(name) AS name FROM (SELECT code, name FROM units FINAL"
    " UNION ALL SELECT code, name FROM grids FINAL UNION ALL SELECT code, name FROM areas FINAL)"
    " GROUP BY code"
)
OCCASIONS = (
    "SELECT figure, toString(case_id) AS case_id, toString(at) AS at, unit, grid_code, township,"
    " toBool(good) AS good FROM assessed WHERE {month:String} IN ('', toString(month))"
    " AND {figure:String} IN ('', figure)"
    " AND {of:String} IN ('', COLUMN)"
    " ORDER BY figure, at"
)


def assess(
    settings: StoreSettings,
    *,
    by: str,
    month: str,
    figure: str,
    of: str,
    behind: bool,
    as_json: bool,
) -> str:
    """Return the figures of a month (`2026-11`, empty: all), or with `behind` the cases counted.

    `by` is unit, grid, township or worker, and `of` the code of one of them (empty: all). Raises
    `HubError` if the store does not answer, or has no such figure of workers.
    """
    parameters = {"month": f"{month}-01" if month else "", "figure": figure, "of": of}
    if by == "worker":
        if behind or figure or of:
            raise HubError("of workers there is one figure; ask worker_reports by SQL")
        sql = BY_WORKER
    else:
        sql = OCCASIONS if behind else FIGURES_BY.replace("VIEW", by)
    sql = sql.replace("COLUMN", VIEWS.get(by, ""))
    rows = ask_store(settings, sql, parameters)
    if as_json:
        return render_rows(rows, as_json=True)
    names = {row["code"]: row["name"] for row in ask_store(settings, NAMES, {})}
    return render_rows([_in_chinese(row, names) for row in rows], as_json=False)


def _in_chinese(row: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return a row with Chinese column names, and names of units, grids and townships.

    Figures without a rate have empty rate columns.
    """
    translated = {
        COLUMNS[name]: names.get(str(value), value) if name in NAMED else value
        for name, value in row.items()
    }
    if "figure" in row:
        translated["指标"] = FIGURES[row["figure"]]
    if "rate" in row:
        rated = row["figure"] in RATED
        translated |= {
            "达标": row["well"] if rated else "",
            "比率": f"{row['rate']:.1%}" if rated else "",
        }
    return translated
