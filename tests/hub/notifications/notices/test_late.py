"""Notices of late projects, late service items and waiting tasks: once for each step, together."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.notifications.notices.late import LOOK_EVERY, QUERIES, LateWatch
from hub.notifications.notices.notice import Notice, NoticeKind
from hub.notifications.notices.queue import NoticeQueue
from hub.notifications.notices.rules import NoticeRules, Receiver, Rule
from hub.notifications.notices.text import text_of
from hub.store.client import Store
from hub.store.reader import StoreAwayError
from schemas.base import BEIJING
from schemas.cloudevent import from_record
from schemas.reports.service import ServiceStage
from schemas.town.task import Ruling
from tests.builders.service import keep_stages, stage
from tests.builders.tasks import keep_task, task_of
from tests.builders.town import VILLAGE
from tests.hub.workbench.deliberations.test_list import stored as stored_topic
from tests.hub.workbench.projects.test_list import stored

MORNING = datetime(2026, 11, 30, 9, 0, tzinfo=BEIJING)
RULES = NoticeRules(
    receivers={"desk": Receiver(robot="wecom", url="https://robot.example")},
    rules=(Rule(to="desk", when=tuple(QUERIES)), Rule(to="page", when=tuple(QUERIES))),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the file of the queue."""
    return tmp_path / "notices.db"


@pytest.fixture
def queue(path: Path) -> Iterator[NoticeQueue]:
    """Return an empty queue."""
    queue = NoticeQueue(path)
    yield queue
    queue.close()


class Views:
    """The views of a store that a test fills."""

    def __init__(self) -> None:
        self.late: list[dict[str, Any]] = []
        self.asked = 0
        self.is_away = False

    def rows(self, sql: str, _: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the late projects; nothing else is late."""
        self.asked += 1
        if self.is_away:
            raise StoreAwayError("away")
        return self.late if sql == QUERIES[NoticeKind.PROJECT_LATE] else []


def project(number: int, step: str = "red") -> dict[str, Any]:
    """Return the row of a project that is late."""
    return {
        "id": f"CODE{number}/construction",
        "step": step,
        "number": str(number),
        "name": f"村道{number}",
        "stage": "construction",
        "unit": "U-V",
        "division_code": VILLAGE,
        "grid_code": "",
        "due": "2026-11-20",
        "days_late": 2,
        "page": f"/work/projects/CODE{number}",
    }


def waiting(queue: NoticeQueue) -> list[Notice]:
    """Return what waits for the robot."""
    due = queue.due("desk", datetime.now(UTC).timestamp() + 1, 1000)
    return [from_record(Notice, each.message.body) for each in due]


def looked(watch: LateWatch, times: int = 1, start: datetime = MORNING) -> list[int]:
    """Look several times, and return how many notices each look brought."""
    return [watch.look(start + LOOK_EVERY * n) for n in range(times)]


def test_each_step_brings_one_notice(queue: NoticeQueue) -> None:
    """What is late stays late for days: it is noticed when it turns red, and when it goes up."""
    views = Views()
    watch = LateWatch(queue, lambda: RULES, views.rows)
    assert looked(watch) == [0]
    views.late = [project(1), project(2)]
    tomorrow = MORNING + timedelta(days=1)
    assert looked(watch, 4, tomorrow) == [4, 0, 0, 0]
    views.late = [project(1, "up"), project(2)]
    assert looked(watch, 2, tomorrow + timedelta(days=7)) == [2, 0]
    assert [notice.number for notice in waiting(queue)] == ["1", "2", "1"]


def test_what_is_late_at_the_first_look_is_no_news(queue: NoticeQueue) -> None:
    """A rule that is added to a city with a hundred late projects sends no hundred notices."""
    views = Views()
    views.late = [project(number) for number in range(100)]
    watch = LateWatch(queue, lambda: RULES, views.rows)
    assert looked(watch) == [0]
    views.late.append(project(100))
    assert looked(watch, start=MORNING + LOOK_EVERY) == [2]
    assert [notice.number for notice in waiting(queue)] == ["100"]


def test_a_restart_sends_nothing_twice(queue: NoticeQueue, path: Path) -> None:
    """What was noticed is on disk, also after a week in which delivered notices were deleted."""
    views = Views()
    looked(LateWatch(queue, lambda: RULES, views.rows))
    views.late = [project(1)]
    assert looked(LateWatch(queue, lambda: RULES, views.rows)) == [2]
    queue.end(queue.due("desk", datetime.now(UTC).timestamp() + 1, 10), reason="taken")
    queue.forget_old(-1)
    queue.close()
    again = NoticeQueue(path)
    watch = LateWatch(again, lambda: RULES, views.rows)
    assert looked(watch, 3, MORNING + timedelta(days=8)) == [0, 0, 0]
    assert waiting(again) == []
    again.close()


def test_a_crash_between_queue_and_note_sends_nothing_twice(
    queue: NoticeQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue knows the notices that it has, although they are not noted yet."""
    rule = Rule(to="desk", when=(NoticeKind.PROJECT_LATE,))
    rules = RULES.model_copy(update={"rules": (rule,)})
    views = Views()
    watch = LateWatch(queue, lambda: rules, views.rows)
    looked(watch)
    views.late = [project(1)]
    with monkeypatch.context() as patched:

        def crash(*_: object) -> None:
            raise OSError("the machine stops")

        patched.setattr(queue, "note_late", crash)
        with pytest.raises(OSError, match="stops"):
            watch.look(MORNING + LOOK_EVERY)
    assert looked(LateWatch(queue, lambda: rules, views.rows), 2) == [0, 0]
    assert len(waiting(queue)) == 1


def test_what_is_late_again_is_news_again(queue: NoticeQueue) -> None:
    """A stage whose last day was moved and that is late again after a day brings a new notice."""
    views = Views()
    watch = LateWatch(queue, lambda: RULES, views.rows)
    looked(watch)
    views.late = [project(1)]
    looked(watch, start=MORNING + LOOK_EVERY)
    queue.end(queue.due("desk", datetime.now(UTC).timestamp() + 1, 10), reason="taken")
    queue.forget_old(-1)
    views.late = []
    looked(watch, start=MORNING + timedelta(days=2))
    views.late = [project(1)]
    assert looked(watch, start=MORNING + timedelta(days=3)) == [2]


def test_nothing_is_asked_at_night_or_without_a_rule(queue: NoticeQueue) -> None:
    """Midnight makes many late; nobody is woken, and a city without such rules asks nothing."""
    views = Views()
    watch = LateWatch(queue, lambda: RULES, views.rows)
    looked(watch, start=MORNING.replace(hour=0))
    looked(watch, start=MORNING.replace(hour=20))
    looked(LateWatch(queue, lambda: NoticeRules(), views.rows))
    assert views.asked == 0
    looked(watch, 3)
    assert views.asked == 3 * len(QUERIES)
    watch.look(MORNING + LOOK_EVERY * 2 + timedelta(minutes=1))
    assert views.asked == 3 * len(QUERIES)


def test_a_store_that_is_away_loses_no_notice(queue: NoticeQueue) -> None:
    """What became late meanwhile is noticed at the next look that gets an answer."""
    views = Views()
    watch = LateWatch(queue, lambda: RULES, views.rows)
    looked(watch)
    views.late, views.is_away = [project(1)], True
    assert looked(watch, start=MORNING + LOOK_EVERY) == [0]
    views.is_away = False
    assert looked(watch, start=MORNING + LOOK_EVERY * 2) == [2]


def test_rules_choose_by_unit_and_area(queue: NoticeQueue) -> None:
    """A group of another unit or township hears nothing."""
    rules = RULES.model_copy(
        update={
            "rules": tuple(
                Rule(to="desk", when=(NoticeKind.PROJECT_LATE,), **where)
                for where in ({"unit": "U-X"}, {"area": "421299002"}, {"area": VILLAGE[:9]})
            )
        }
    )
    views = Views()
    watch = LateWatch(queue, lambda: rules, views.rows)
    looked(watch)
    views.late = [project(1), {**project(2), "division_code": "421299003001"}]
    assert looked(watch, start=MORNING + LOOK_EVERY) == [1]
    assert [notice.number for notice in waiting(queue)] == ["1"]


def test_many_are_one_message(queue: NoticeQueue) -> None:
    """The message counts them in its title, lists ten with links, and says how many more."""
    views = Views()
    watch = LateWatch(queue, lambda: RULES, views.rows)
    looked(watch)
    views.late = [project(number) for number in range(30)]
    looked(watch, start=MORNING + LOOK_EVERY)
    text = text_of(waiting(queue), {"U-V": "社区居委会"}, "https://hub.example/")
    assert text.title == "事项提醒：村居项目超期30件"
    assert (len(text.lines), text.more) == (10, "另有20件，见工作台")
    assert text.lines[0].text == (
        "【村居项目超期】村道0（施工，红牌，期限2026-11-20，超2天），社区居委会（0）"
    )
    assert text.lines[0].link == "https://hub.example/work/projects/CODE0"


def test_the_views_of_the_store_are_read(store: Store, queue: NoticeQueue) -> None:
    """What is late, and a task that waits, are noticed by their own views."""
    watch = LateWatch(queue, lambda: RULES, store.named)
    assert looked(watch) == [0]
    stored(store, "7", late=9)
    topic = stored_topic(store, "8", late=2)
    keep_stages(
        store,
        stage(
            "1001",
            ServiceStage.ACCEPTED,
            datetime.now(UTC) - timedelta(days=60),
            promised_days=3,
            unit="U-V",
        ),
    )
    task = task_of("市容检查", datetime.now(UTC).date(), ruling=Ruling.TO_COUNTY)
    task_id = keep_task(store, task)
    assert looked(watch, start=MORNING + LOOK_EVERY) == [8]
    by_kind = {notice.kind: notice for notice in waiting(queue)}
    assert set(by_kind) == set(QUERIES)
    assert "提级督办" in by_kind[NoticeKind.PROJECT_LATE].title
    assert "议题，红牌，期限" in by_kind[NoticeKind.TOPIC_LATE].title
    assert by_kind[NoticeKind.TOPIC_LATE].path == f"/work/deliberations/{topic}"
    assert by_kind[NoticeKind.ITEM_LATE].units == ("U-V",)
    assert by_kind[NoticeKind.ITEM_LATE].number == "1001"
    assert "张" not in by_kind[NoticeKind.ITEM_LATE].title
    assert by_kind[NoticeKind.TASK_WAITS].title == "市容检查（等候县里决定）"
    assert by_kind[NoticeKind.TASK_WAITS].path.endswith(task_id)


def test_a_view_that_fails_hides_nothing_else(queue: NoticeQueue) -> None:
    """The view of service items may take more time or memory than a query gets."""
    views = Views()

    def rows(sql: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        if sql == QUERIES[NoticeKind.ITEM_LATE]:
            raise StoreAwayError("the store is not ready: memory limit exceeded")
        return views.rows(sql, parameters)

    watch = LateWatch(queue, lambda: RULES, rows)
    watch.look(MORNING)
    views.late = [project(1)]
    assert watch.look(MORNING + LOOK_EVERY) == 2
