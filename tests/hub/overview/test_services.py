"""The overview counts service items by item, in hand, late and done this month."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hub.accounts.permissions import Scope
from hub.accounts.staff import StaffRole
from hub.overview.figures import OverviewFigures
from hub.store.client import Store
from schemas.reports.service import ServiceStage as S
from tests.builders.service import keep_stages, stage
from tests.builders.town import VILLAGE
from tests.hub.overview.page import Page, serve

OLD, NEW = datetime.now(UTC) - timedelta(days=60), datetime.now(UTC) - timedelta(seconds=5)
NUMBERS = ("item_name", "in_hand", "stopped", "late", "done")


def filled(store: Store) -> None:
    """Store items in each state."""
    keep_stages(
        store,
        stage("1", S.ACCEPTED, OLD, promised_days=3, item_name="教育入学"),
        stage("2", S.ACCEPTED, OLD, promised_days=3, item_name="教育入学"),
        stage("2", S.CORRECTION, OLD, item_name="教育入学"),
        stage("3", S.ACCEPTED, OLD, item_name="退休"),
        stage("3", S.DECIDED, NEW, item_name="退休"),
        stage("4", S.ACCEPTED, OLD, item_name="信用修复"),
        stage("4", S.WITHDRAWN, OLD, item_name="信用修复"),
    )


def test_items_are_counted_by_name(store: Store) -> None:
    """What was withdrawn is in no number; a stopped item is in hand, and not late."""
    filled(store)
    rows = OverviewFigures(store).slow(Scope())["services"]
    numbers = [tuple(str(row[name]) for name in NUMBERS) for row in rows]
    assert numbers == [("教育入学", "2", "1", "1", "0"), ("退休", "0", "0", "0", "1")]


def test_an_area_has_its_own_items(store: Store) -> None:
    """Items of the area are counted, and none elsewhere."""
    filled(store)
    figures = OverviewFigures(store)
    assert len(figures.slow(Scope().within(VILLAGE))["services"]) == 2
    assert figures.slow(Scope().within("999999"))["services"] == []


def test_the_public_sees_the_numbers_only(store: Store, tmp_path: Path) -> None:
    """No number of an item, no applicant and no code."""
    filled(store)

    async def talk(page: Page) -> None:
        public = await page.get("/api/overview")
        assert [row["item_name"] for row in public["services"]] == ["教育入学", "退休"]
        assert "张" not in str(public["services"])
        await page.log_in("主任", StaffRole.CITY)
        assert (await page.get("/api/overview"))["services"] == public["services"]

    serve(store, tmp_path, talk, public="figures")
