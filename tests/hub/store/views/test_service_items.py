"""The views of service items: how each stands, in working days, whatever came late or twice."""

from datetime import UTC, date, datetime, timedelta

import pytest

from hub.store.client import Store
from schemas.reports.event import UnifiedEvent
from schemas.reports.service import ServiceStage as S
from tests.builders.service import keep_stages, moment, stage

STATE = "SELECT state FROM service_items WHERE number = {number:String}"


def state_of(store: Store, *stages: UnifiedEvent) -> str:
    """Return the state of the only item that was stored."""
    keep_stages(store, *stages)
    ((state,),) = store.rows(STATE, {"number": stages[0].native_id})
    return str(state)


def times_of(store: Store) -> tuple[object, ...]:
    """Return due day, working days and days late of the only item."""
    (row,) = store.rows("SELECT due_on, working_days, days_late FROM service_items")
    return tuple(row)


@pytest.mark.parametrize(
    ("decided", "late"), [("02-28", 0), ("03-02", 0), ("03-03", 1), ("03-09", 5)]
)
def test_working_days_count_from_the_day_after_acceptance(
    store: Store, decided: str, late: int
) -> None:
    """28 February 2026 is a Saturday on which offices work; the Sunday after it does not count."""
    keep_stages(
        store,
        stage("1", S.ACCEPTED, "02-27", promised_days=2),
        stage("1", S.DECIDED, decided, promised_days=2),
    )
    due, _, days_late = times_of(store)
    assert (due, days_late) == (date(2026, 3, 2), late)


@pytest.mark.parametrize(
    ("stops", "goes_on"), [(S.CORRECTION, S.CORRECTED), (S.SPECIAL, S.RESUMED)]
)
def test_a_stop_moves_the_promise(store: Store, stops: S, goes_on: S) -> None:
    """The working days between a stop and its end do not count."""
    keep_stages(
        store,
        stage("1", S.ACCEPTED, "02-27", promised_days=2),
        stage("1", stops, "02-28"),
        stage("1", goes_on, "03-04"),
        stage("1", S.DECIDED, "03-05"),
    )
    assert times_of(store) == (date(2026, 3, 5), 2, 0)


def test_a_promised_day_moves_with_a_later_stop(store: Store) -> None:
    """The window system said the day at the acceptance, and not again after the correction."""
    keep_stages(
        store,
        stage("1", S.ACCEPTED, "02-27", promised_at=moment("03-02")),
        stage("1", S.CORRECTION, "02-28"),
        stage("1", S.CORRECTED, "03-04"),
        stage("1", S.DECIDED, "03-06"),
    )
    assert times_of(store) == (date(2026, 3, 5), 3, 1)


def test_a_promised_day_that_was_said_again_counts_as_it_is(store: Store) -> None:
    """The window system has moved it after the correction itself."""
    keep_stages(
        store,
        stage("1", S.ACCEPTED, "02-27", promised_at=moment("03-02")),
        stage("1", S.CORRECTION, "02-28"),
        stage("1", S.CORRECTED, "03-04", received=1, promised_at=moment("03-05")),
        stage("1", S.DECIDED, "03-05", received=2),
    )
    assert times_of(store) == (date(2026, 3, 5), 2, 0)


def test_a_stage_that_is_sent_again_replaces_the_first(store: Store) -> None:
    """The last one received counts, also if its time is earlier."""
    keep_stages(
        store,
        stage("1", S.ACCEPTED, "03-02", promised_days=2),
        stage("1", S.DECIDED, "03-03"),
        stage("1", S.ACCEPTED, "02-27", received=5, promised_days=2),
    )
    assert times_of(store) == (date(2026, 3, 2), 3, 1)
    assert store.rows("SELECT count() FROM service_stages") == [(2,)]


def test_a_step_names_the_correction_that_is_sent_again(store: Store) -> None:
    """With a step a second time replaces the first; without one it is a second correction.

    A correction that is sent every day with another time is still one.
    """
    keep_stages(
        store,
        stage("1", S.CORRECTION, "02-28", step="3"),
        stage("1", S.CORRECTION, "03-02", received=1, step="3"),
        stage("2", S.CORRECTION, "02-28"),
        stage("2", S.CORRECTED, "02-28 16:00"),
        stage("2", S.CORRECTION, "03-02", received=1),
        stage("3", S.CORRECTION, "02-28"),
        stage("3", S.CORRECTION, "03-02", received=1),
    )
    rows = store.rows("SELECT number, corrections FROM service_items ORDER BY number")
    assert rows == [("1", 1), ("2", 2), ("3", 1)]
    assert store.rows("SELECT count() FROM service_stages WHERE number = '1'") == [(1,)]


def test_the_order_of_arrival_changes_nothing(store: Store) -> None:
    """The decision arrives before the acceptance."""
    keep_stages(
        store,
        stage("1", S.DELIVERED, "03-04", received=1),
        stage("1", S.DECIDED, "03-03", received=2),
        stage("1", S.ACCEPTED, "02-27", received=3, promised_days=5),
        stage("1", S.APPLIED, "02-26", received=4),
    )
    (row,) = store.rows("SELECT state, stage, applied_at, done_at FROM service_items")
    assert row == ("done", "delivered", moment("02-26"), moment("03-03"))


def test_a_stage_that_comes_twice_counts_once(store: Store) -> None:
    """The same fact in two messages is one stage."""
    correction = stage("1", S.CORRECTION, "02-28")
    keep_stages(store, correction)
    keep_stages(store, correction)
    assert store.rows("SELECT corrections FROM service_items") == [(1,)]


@pytest.mark.parametrize(
    ("stages", "state"),
    [
        ((S.APPLIED,), "applied"),
        ((S.ACCEPTED,), "in_hand"),
        ((S.ACCEPTED, S.CORRECTION), "stopped"),
        ((S.ACCEPTED, S.SPECIAL), "stopped"),
        ((S.ACCEPTED, S.CORRECTION, S.REVIEWED), "in_hand"),
        ((S.ACCEPTED, S.WITHDRAWN), "withdrawn"),
        ((S.APPLIED, S.REFUSED), "refused"),
        ((S.ACCEPTED, S.DECIDED, S.DELIVERED), "done"),
        ((S.ACCEPTED, S.DECIDED, S.REOPENED), "in_hand"),
        ((S.ACCEPTED, S.WITHDRAWN, S.REOPENED, S.DECIDED), "done"),
    ],
)
def test_each_item_is_in_one_state(store: Store, stages: tuple[S, ...], state: str) -> None:
    """The state follows from the stages since the item was last opened."""
    listed = [stage("1", name, f"03-{day:02d}") for day, name in enumerate(stages, start=2)]
    assert state_of(store, *listed) == state


def test_a_reopened_item_starts_anew(store: Store) -> None:
    """Its clock starts at the reopening, and its stop before it does not count."""
    keep_stages(
        store,
        stage("1", S.ACCEPTED, "02-27", promised_days=2),
        stage("1", S.CORRECTION, "02-28"),
        stage("1", S.DECIDED, "03-03"),
        stage("1", S.REOPENED, "03-05"),
        stage("1", S.DECIDED, "03-06", received=9),
    )
    assert times_of(store) == (date(2026, 3, 9), 1, 0)
    assert store.rows("SELECT reopenings FROM service_items") == [(1,)]


def test_what_is_past_its_promise_is_supervised_unless_it_is_stopped(store: Store) -> None:
    """Long after its promise an item goes one tier up; a correction and an end stop that."""
    old = datetime.now(UTC) - timedelta(days=60)
    new = datetime.now(UTC) - timedelta(minutes=5)
    keep_stages(
        store,
        stage("late", S.ACCEPTED, old, promised_days=3),
        stage("stopped", S.ACCEPTED, old, promised_days=3),
        stage("stopped", S.CORRECTION, old + timedelta(hours=1)),
        stage("done", S.ACCEPTED, old, promised_days=3),
        stage("done", S.DECIDED, new),
        stage("new", S.ACCEPTED, new, promised_days=3),
        stage("open", S.ACCEPTED, old),
    )
    rows = dict(store.rows("SELECT number, supervision FROM service_items"))
    assert rows == {"late": "up", "stopped": "", "done": "", "new": "", "open": ""}
    assert store.rows("SELECT number FROM service_items_late") == [("late",)]


def test_a_month_has_its_median_and_its_share_on_time(store: Store) -> None:
    """Three were done in March, two of them by their promise."""
    stages = []
    for number, (decided, days) in enumerate([("03-02", 2), ("03-03", 3), ("03-09", 2)]):
        stages += [
            stage(str(number), S.ACCEPTED, "02-27", promised_days=days),
            stage(str(number), S.DECIDED, decided),
        ]
    keep_stages(store, *stages)
    (row,) = store.named("SELECT * FROM service_items_by_month")
    assert (row["month"], row["item_code"], row["done"]) == (date(2026, 3, 1), "S-1", 3)
    assert (row["median_days"], row["promised"], row["on_time"]) == (3, 3, 2)
    assert round(row["share_on_time"], 2) == 0.67
