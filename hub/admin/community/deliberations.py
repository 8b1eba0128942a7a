"""`hub deliberations` 议事: list the topics of villages and quarters."""

from typing import Any

from hub.admin.ask import ask_store, render_rows
from hub.settings.store import StoreSettings
from schemas.deliberation.fold import STATE_NAMES, DeliberationState
from schemas.deliberation.record import RESULT_NAMES, Result
from schemas.deliberation.topic import STEP_NAMES, Step
from schemas.numbered import SUPERVISION_NAMES

LIST = (
    "SELECT code, title, division_code, unit, step, toString(due) AS due, days_late, supervision,"
    " state, toString(meeting_on) AS meeting_on, entitled, attended, in_favour, result, unanswered"
    " FROM deliberations"
    " WHERE {unit:String} IN ('', unit) AND startsWith(division_code, {area:String})"
    " AND days_late >= {least:UInt32} ORDER BY days_late DESC, due, code"
    " LIMIT {limit:UInt32}"
)
NAMES = {
    "code": "议事码",
    "title": "议题",
    "division_code": "村（社区）",
    "unit": "责任单位",
    "step": "步骤",
    "due": "期限",
    "days_late": "超期天数",
    "supervision": "督办",
    "state": "状态",
    "meeting_on": "会议",
    "entitled": "应到",
    "attended": "实到",
    "in_favour": "同意",
    "result": "结果",
    "unanswered": "待答复异议",
}


def list_deliberations(
    settings: StoreSettings, *, late: bool, as_json: bool, **filters: Any
) -> str:
    """Return the deliberations, the most overdue first; raises `HubError`.

    With `late` only the overdue ones. The filters are area and unit (codes, empty: any) and limit.
    """
    rows = ask_store(settings, LIST, {**filters, "least": int(late)})
    return render_rows(rows if as_json else [_in_chinese(row) for row in rows], as_json=as_json)


def _in_chinese(row: dict[str, Any]) -> dict[str, Any]:
    values = {
        **row,
        "step": STEP_NAMES[Step(row["step"])],
        "state": STATE_NAMES[DeliberationState(row["state"])],
        "supervision": SUPERVISION_NAMES[row["supervision"]],
        "meeting_on": row["meeting_on"] or "",
        "result": RESULT_NAMES[Result(row["result"])] if row["result"] else "",
    }
    return {NAMES[name]: value for name, value in values.items()}
