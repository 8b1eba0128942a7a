"""Wording of the workbench 页面用语: time that is left, and problems, as people read them. Pure."""

import re
from datetime import datetime, timedelta

from hub.web.problem import Problem

HAN = re.compile(r"[\u4e00-\u9fff]")
TEXTS: dict[Problem, str] = {
    Problem.NO_SESSION: "登录已结束，请重新登录",
    Problem.NOT_YOURS: "您无权查看或办理此件，请联系派单人员",
    Problem.NOT_FOUND: "没有找到这一页或这一件",
    Problem.BAD_REQUEST: "请求有误，请检查填写的内容",
    Problem.SEVERAL_CASES: "几个城市都有这个事项号，请在前面写上城市代码",
    Problem.ATTACHMENT_AWAY: "附件不能打开",
    Problem.REFUSED: "指令未被接受",
    Problem.BROKER_AWAY: "消息服务暂时不可用，指令没有发出，请稍后再办",
    Problem.INTAKE_AWAY: "收件服务暂时不可用，请稍后再试",
    Problem.STORE_AWAY: "数据服务暂时不可用，请稍后再试",
    Problem.TOO_OFTEN: "操作过于频繁，请稍后再试",
    Problem.TOO_LARGE: "内容过长",
    Problem.TOO_SLOW: "传输过慢，请稍后再试",
    Problem.BUSY: "请求较多，请稍后再试",
    Problem.SEALED: "本机没有密钥，不能打开联系方式",
}
"""What people read about a problem."""


def problem_text(problem: Problem, detail: str) -> str:
    """Return what people read about a problem; a detail in English is left out."""
    text = TEXTS.get(problem, "系统内部错误，没有任何改动")
    detail = detail.removeprefix("reason: ")
    if not HAN.search(detail):
        return text
    return detail if problem in (Problem.REFUSED, Problem.NOT_YOURS) else f"{text}：{detail}"


def time_left(due: datetime | None, now: datetime) -> str:
    """Return the time to a deadline in words: 剩3小时, 超2天; empty without a deadline."""
    if due is None:
        return ""
    left = due - now
    word = "剩" if left >= timedelta() else "超"
    minutes = int(abs(left).total_seconds() // 60)
    if minutes < 60:
        return f"{word}{minutes}分钟"
    hours = minutes // 60
    return f"{word}{hours}小时" if hours < 48 else f"{word}{hours // 24}天"
