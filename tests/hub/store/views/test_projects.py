"""The views of projects: they agree with the fold of the same records."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hub.numbered.change import Change
from hub.projects.changes import add_money, cancel_money, finish_stage, register, stop
from hub.store.client import Store
from schemas.base import BEIJING
from schemas.numbered import Paper
from schemas.projects.fold import Project
from schemas.projects.money import MoneySource
from schemas.projects.project import ProjectDetails, Stage
from schemas.projects.record import ProjectRecord
from schemas.topic import PROJECTS
from tests.builders.stored import keep
from tests.hub.projects.built import DETAILS, SHOWN, folded

NOW = datetime.now(UTC)
TODAY = NOW.astimezone(BEIJING).date()
PAPERS = (Paper(photo=SHOWN),)


def named(number: str) -> ProjectDetails:
    """Return the details of another project of the same village."""
    return DETAILS.model_copy(update={"number": number, "name": f"项目{number}"})


def begun(number: str, days: int, due: date) -> list[ProjectRecord]:
    """Return a project that was registered some days ago."""
    return [register(named(number), "小周", NOW - timedelta(days=days), due=due)]


def seen(records: list[ProjectRecord], hours: int = 1) -> Change:
    """Return a change some hours after the last record."""
    return Change("小周", records[-1].at + timedelta(hours=hours), records[-1].seq)


def fill(store: Store) -> dict[str, Project]:
    """Store projects in several states; return them by code."""
    lives = [
        begun("quiet", 1, TODAY + timedelta(days=9)),
        begun("yellow", 9, TODAY + timedelta(days=1)),
        begun("red", 20, TODAY - timedelta(days=3)),
        begun("up", 30, TODAY - timedelta(days=8)),
    ]
    ended = begun("stopped", 30, TODAY - timedelta(days=8))
    ended.append(stop(folded(ended), seen(ended), "资金没有落实"))
    moved = begun("moved", 30, TODAY - timedelta(days=29))
    moved.append(add_money(folded(moved), seen(moved), MoneySource.SUBSIDY, "30000"))
    moved.append(
        add_money(folded(moved), seen(moved), MoneySource.DONATION, "0.01", anonymous=True)
    )
    moved.append(cancel_money(folded(moved), seen(moved), 2, "录错金额"))
    moved.append(finish_stage(folded(moved), seen(moved, 24 * 25), papers=PAPERS))
    lives += [ended, moved]
    for records in lives:
        keep(store, PROJECTS.name, *records)
    # A redelivery, and a later record with a number that is taken.
    keep(store, PROJECTS.name, *moved)
    late = add_money(folded(lives[0]), seen(lives[0]), MoneySource.SUBSIDY, "10")
    later = late.model_copy(
        update={"record_id": lives[1][0].record_id, "at": late.at + timedelta(hours=2)}
    )
    keep(store, PROJECTS.name, late, later)
    lives[0] += [late, later]
    return {records[0].code: folded(records) for records in lives}


def test_a_view_and_the_fold_agree_on_every_project(store: Store) -> None:
    """State, stage, day, lateness and money are the same in both."""
    projects = fill(store)
    rows = {row["code"]: row for row in store.named("SELECT * FROM projects")}
    assert rows.keys() == projects.keys()
    for code, project in projects.items():
        row = rows[code]
        assert row["state"] == project.state
        assert row["stage"] == project.present.stage
        assert row["due"] == project.present.due
        assert row["days_late"] == project.days_late(NOW)
        assert row["raised"] == project.raised
        assert row["budget"] == Decimal("120000.00")
        assert row["unit"] == "U-V"


def test_supervision_rises_with_the_days(store: Store) -> None:
    """Yellow when four fifths of the time are over, red after the day, up after a week more."""
    fill(store)
    rows = dict(store.rows("SELECT number, supervision FROM projects"))
    assert rows == {
        "quiet": "",
        "yellow": "yellow",
        "red": "red",
        "up": "up",
        "stopped": "",
        "moved": "",
    }
    overdue = store.rows("SELECT name, days_late FROM project_stages_overdue ORDER BY days_late")
    assert overdue == [("项目red", 3), ("项目up", 8)]


def test_each_stage_has_its_time_and_its_lateness(store: Store) -> None:
    """A stage that was finished late stays late; a stage of a stopped project has ended."""
    projects = fill(store)
    moved = next(code for code, p in projects.items() if p.details.number == "moved")
    rows = store.rows(
        "SELECT stage, is_present, days_late > 20 FROM project_stages"
        f" WHERE code = '{moved}' ORDER BY entered_at"
    )
    assert rows == [(Stage.PROPOSED, 0, 1), (Stage.AGREED, 1, 0)]
    ended = store.rows("SELECT is_present FROM project_stages WHERE name = '项目stopped'")
    assert ended == [(0,)]


def test_money_shows_no_donor_who_wants_no_name_and_no_mistake(store: Store) -> None:
    """The amount that was taken back is gone, the anonymous one is there as 匿名."""
    fill(store)
    rows = store.rows("SELECT source, amount, donor FROM project_money ORDER BY amount")
    assert rows == [
        ("donation", Decimal("0.01"), "匿名"),
        ("subsidy", Decimal("10.00"), ""),
    ]


def test_a_township_is_counted_by_class(store: Store) -> None:
    """Stopped projects do not count."""
    fill(store)
    rows = store.rows("SELECT township, project_class, projects, overdue FROM projects_by_township")
    assert rows == [("421299001", "road", 5, 2)]
