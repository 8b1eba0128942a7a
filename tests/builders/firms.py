"""Puts firms and premises into the registers of a store, and lets the hub look for them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from hub.registers.firms.resolver import FirmResolver
from hub.registers.tables import TABLE_COLUMNS
from hub.store.client import Store
from schemas.registers.entry import RegisterKind
from schemas.reports.event import UnifiedEvent
from tests.builders.register_files import firm_code
from tests.builders.town import VILLAGE

NOW = datetime(2026, 3, 3, tzinfo=UTC)
"""A day after the reports of the tests."""


class RegisteredFirm(NamedTuple):
    """A firm of the register; its code is that of its number."""

    number: int
    name: str
    grid: str = "G1"
    address: str = ""
    standing: str = "current"

    @property
    def code(self) -> str:
        """The credit code."""
        return firm_code(self.number)


def load_firms(store: Store, *firms: RegisteredFirm, version: int = 1) -> None:
    """Replace the register of firms; each version has another number."""
    store.command("TRUNCATE TABLE firms")
    rows = [
        [
            *(firm.code, firm.name, "个体工商户", "餐饮业", firm.address, firm.grid, VILLAGE),
            *(firm.standing, None, "", firm.number),
        ]
        for firm in firms
    ]
    store.insert("firms", TABLE_COLUMNS[RegisterKind.FIRMS], rows)
    store.command(f"ALTER TABLE firms MODIFY COMMENT '{version}'")


def forget_firms(store: Store) -> None:
    """Let the store have no version of the register, and no keys: emptied tables keep theirs."""
    for table in ("firms", "firm_keys"):
        store.command(f"ALTER TABLE {table} MODIFY COMMENT ''")


def load_premises(
    store: Store, rows: Iterable[tuple[str, str, float | None, float | None]]
) -> None:
    """Add premises of the village: code, name, longitude, latitude."""
    store.insert(
        "premises",
        TABLE_COLUMNS[RegisterKind.PREMISES],
        [
            [code, name, "学校", "", lon, lat, "G1", VILLAGE, "current", None, "", number]
            for number, (code, name, lon, lat) in enumerate(rows, 1)
        ],
    )


def received(document: UnifiedEvent, days_ago: int) -> UnifiedEvent:
    """Return the event as received some days before now: the views count from now."""
    return document.model_copy(update={"received_at": datetime.now(UTC) - timedelta(days=days_ago)})


def look_for_firms(
    store: Store, resolver: FirmResolver | None = None, now: datetime = NOW
) -> FirmResolver:
    """Let the hub do all that is due; return what it goes on with."""
    worker = resolver or FirmResolver(store)
    while worker.step(now):
        pass
    return worker
