"""Chinese terms 用语 of assessment and patrols, by their names in store and command line."""

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
DUTY_OUTCOMES = {"done": "已走", "missed": "应走未走", "open": "待走"}
COVERED_BY = {"grid": "grid_code", "worker": "worker", "township": "township"}
"""What coverage is counted by, with its column."""
