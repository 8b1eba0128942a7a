"""The page of service items: the numbers by item, and the lists behind them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hub.accounts.staff import StaffRole
from hub.store.client import Store
from schemas.reports.service import ServiceStage as S
from tests.builders.service import keep_stages, stage
from tests.hub.workbench.site import Site, latin_words, serve

OLD = datetime.now(UTC) - timedelta(days=60)


def filled(store: Store) -> None:
    """Store a late item, one that is stopped, and one that is done."""
    keep_stages(
        store,
        stage("1001", S.ACCEPTED, OLD, promised_days=3, item_name="新生儿出生"),
        stage("1002", S.ACCEPTED, OLD, promised_days=3, item_name="教育入学"),
        stage("1002", S.CORRECTION, OLD + timedelta(hours=1), item_name="教育入学"),
        stage("1003", S.ACCEPTED, OLD, promised_days=90, item_name="教育入学"),
        stage("1003", S.DECIDED, datetime.now(UTC), promised_days=90, item_name="教育入学"),
    )


def test_late_items_come_first(store: Store, tmp_path: Path) -> None:
    """They are shown with their supervision; the applicant is masked."""
    filled(store)

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        page = await site.page("/work/services")
        for text in ("1001", "提级督办", "张*", "人社局", "工作日", "新生儿出生", "教育入学"):
            assert text in page
        assert "1002" not in page
        assert set(latin_words(page)) <= {"CODE"}

    serve(store, tmp_path, talk)


def test_each_number_opens_its_list(store: Store, tmp_path: Path) -> None:
    """A list of one item shows that item only; a stopped one says so."""
    filled(store)

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        stopped = await site.page("/work/services?list=stopped&item=教育入学")
        assert "1002" in stopped
        assert "停止计时" in stopped
        done = await site.page("/work/services?list=done")
        assert "1003" in done
        assert "1001" not in done
        opened = await site.page("/work/services?list=open")
        assert ("1001" in opened, "1002" in opened, "1003" in opened) == (True, True, False)

    serve(store, tmp_path, talk)


def test_a_wrong_address_is_refused(store: Store, tmp_path: Path) -> None:
    """Unknown lists are not found, unknown names and pages are bad requests."""

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        await site.page("/work/services?list=none", 404)
        await site.page("/work/services?lists=late", 400)
        await site.page("/work/services?page=-1", 400)
        assert "还没有办件" in await site.page("/work/services")

    serve(store, tmp_path, talk)


def test_a_unit_sees_its_own_items(store: Store, tmp_path: Path) -> None:
    """An item without the code of the unit is not shown to it; a township sees its area."""
    keep_stages(
        store,
        stage("2001", S.ACCEPTED, OLD, promised_days=3, unit="U-V"),
        stage("2002", S.ACCEPTED, OLD, promised_days=3, unit="U-X"),
    )

    async def talk(site: Site) -> None:
        await site.log_in("所长", StaffRole.UNIT, "U-V")
        page = await site.page("/work/services")
        assert ("2001" in page, "2002" in page) == (True, False)
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        assert "2002" in await site.page("/work/services")

    serve(store, tmp_path, talk)
