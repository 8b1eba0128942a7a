"""What the pages of the workbench work with 工作台依赖: passed to each feature at its start."""

import asyncio
from dataclasses import dataclass
from typing import Any

from hub.accounts.audit import Audit
from hub.accounts.session import Sessions
from hub.cases.staff_cases import StaffCases
from hub.settings.overview import OverviewSettings
from hub.store.client import Store
from hub.store.json_rows import json_rows
from schemas.town.town import Town
from streams.town.register import Register


@dataclass(frozen=True, slots=True)
class Services:
    """Settings, store, sessions, audit, cases and the town; shared with the overview."""

    settings: OverviewSettings
    store: Store
    sessions: Sessions
    audit: Audit
    cases: StaffCases
    town: Town
    register: Register

    async def rows(
        self, sql: str, parameters: dict[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Query the store in a thread; return rows as `json_rows` does. Raises engine errors."""
        return await asyncio.to_thread(json_rows, self.store, sql, parameters)
