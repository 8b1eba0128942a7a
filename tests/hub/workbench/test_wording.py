"""Words of the workbench: time that is left, and problems."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.web.problem import Problem
from hub.workbench.wording import problem_text, time_left

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(minutes=5), "剩5分钟"),
        (timedelta(hours=47, minutes=59), "剩47小时"),
        (timedelta(hours=48), "剩2天"),
        (timedelta(), "剩0分钟"),
        (-timedelta(minutes=59), "超59分钟"),
        (-timedelta(days=3), "超3天"),
    ],
)
def test_time_left_is_in_words(left: timedelta, text: str) -> None:
    """Minutes below an hour, hours below two days, then days."""
    assert time_left(NOW + left, NOW) == text


def test_no_deadline_is_empty() -> None:
    """A case without a deadline shows none."""
    assert time_left(None, NOW) == ""


def test_a_problem_is_in_chinese() -> None:
    """A Chinese detail is shown, an English one is left out."""
    assert problem_text(Problem.REFUSED, "事项已归档，不能交办") == "事项已归档，不能交办"
    assert problem_text(Problem.BAD_REQUEST, "no category 'x'") == "请求有误，请检查填写的内容"
    assert problem_text(Problem.INTERNAL, "boom") == "系统内部错误，没有任何改动"
