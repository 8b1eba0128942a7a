"""A citizen follows a service item by its code, as a report."""

from hub.security.sealing import Sealer
from hub.store.client import Store
from hub.tracking.progress import find_progress
from schemas.reports.service import ServiceStage as S
from tests.builders.service import keep_stages, moment, stage

SEALER = Sealer(b"k" * 32)


def test_stages_and_promise_are_shown_and_no_person(store: Store) -> None:
    """The page has the item, the office, each stage with its time, and what is due."""
    keep_stages(
        store,
        stage("7", S.ACCEPTED, "02-27", promised_days=400),
        stage("7", S.APPLIED, "02-26", received=2),
        stage("8", S.ACCEPTED, "02-27"),
    )
    progress = find_progress(store.named, SEALER, "CODE000000000007")
    assert progress is not None
    assert [(step.status, step.at) for step in progress.steps] == [
        ("申请", moment("02-26")),
        ("受理", moment("02-27")),
    ]
    assert (progress.status, progress.category, progress.unit) == ("办理中", "社保卡补换", "人社局")
    assert progress.due_at is not None
    assert "张" not in progress.model_dump_json()


def test_a_finished_item_is_due_no_more(store: Store) -> None:
    """What was decided has no expected end."""
    keep_stages(
        store,
        stage("7", S.ACCEPTED, "02-27", promised_days=2),
        stage("7", S.DECIDED, "03-02"),
    )
    progress = find_progress(store.named, SEALER, "CODE000000000007")
    assert progress is not None
    assert (progress.status, progress.due_at) == ("已办结", None)
