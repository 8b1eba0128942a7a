"""The duration of searches 查找测量: texts that staff type, over the whole city and parts of it."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

from hub.accounts.permissions import scope_of
from hub.accounts.session import Viewer
from hub.accounts.staff import StaffRole
from hub.store.client import Store
from hub.workbench.search.search import search
from hub.workbench.search.typed import read_typed
from schemas.cases.assignment import Tier
from schemas.town.register import Area, Grid
from schemas.town.town import Town
from streams.town.register import Register

WORDS = ("路灯", "油烟 餐馆", "夜间噪声", "拖欠 工资", "道路坑洼", "停车位", "不存在的词语")
"""Frequent words of the synthetic year, two words together, and words that nobody wrote."""
PLACES, ORDERS, UNITS = 6, 6, 3
SCOPES = 3
"""Townships and units in whose scope each text is searched."""


def typed_texts(town: Town, events: int) -> list[str]:
    """Return texts as staff type them: words, house numbers, native ids, names of units, areas."""
    steps = [(number * 2 + 1) * events // (2 * ORDERS) for number in range(ORDERS)]
    roads = ("人民路", "解放路", "朝阳北路", "滨江大道", "文昌街", "幸福里")
    places = [f"{roads[number % len(roads)]}{number * 97 % 800}号" for number in range(PLACES)]
    units = [unit.name for unit in town.units[:: max(1, len(town.units) // UNITS)]]
    areas = [area.name for area in town.areas[:UNITS]]
    return [*WORDS, *places, *(f"N{step}" for step in steps), *units[:UNITS], *areas]


def viewers(town: Town) -> dict[str, list[Viewer]]:
    """Return those who search, by the kind of their scope."""
    townships = [unit for unit in town.units if unit.tier is Tier.TOWNSHIP][:SCOPES]
    bureaus = [unit for unit in town.units if unit.tier is Tier.COUNTY][:SCOPES]
    return {
        "city": [Viewer("a", StaffRole.CITY)],
        "township": [Viewer("a", StaffRole.TOWNSHIP, unit.code) for unit in townships],
        "unit": [Viewer("a", StaffRole.UNIT, unit.code) for unit in bureaus],
    }


def search_durations(store: Store, town: Town) -> Iterator[tuple[str, list[float]]]:
    """Yield (scope, milliseconds of each search), for each kind of scope."""
    ((events,),) = store.rows("SELECT count() FROM events")

    async def rows(sql: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        return store.named(sql, parameters)

    register = Register.of(town)
    areas: tuple[Area | Grid, ...] = (*town.areas, *town.grids)
    for name, people in viewers(town).items():
        durations = []
        for viewer in people:
            scope = scope_of(viewer, register)
            for text in typed_texts(town, events):
                started = time.perf_counter()
                asyncio.run(search(rows, read_typed(text, register, areas), scope))
                durations.append((time.perf_counter() - started) * 1000)
        yield name, durations
