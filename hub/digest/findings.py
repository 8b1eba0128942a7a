"""What the store says about a day 当日情况: all rows of the daily digest, asked for once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from hub.digest import sql
from hub.digest.document import Region
from hub.digest.more.burdens import RECEIVERS, TASKS_OF_MONTH
from hub.digest.more.community import OVERDUE_DELIBERATIONS, OVERDUE_PROJECTS
from hub.digest.more.firms import FEWEST, FIRMS
from hub.digest.more.service_items import LATE_ITEMS
from hub.digest.pages import Pages
from hub.digest.queries import Day, Flow, Names, Rows
from hub.digest.rise import Rise, rises

TREND_DAYS = 28
"""Days that a small line shows, the day itself included."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Findings:
    """Rows of a day as the queries of `hub.digest.sql` give them, and what follows from them."""

    day: Day
    names: Names
    flow: Flow
    risen: list[Rise]
    states: Row
    moves: Mapping[str, int]
    rates: Mapping[str, Row]
    trend: Mapping[str, Row]
    channels: list[Row]
    urgent: list[Row]
    handlers: Mapping[tuple[str, str], str]
    clusters: list[Row]
    overdue: list[Row]
    repeated: list[Row]
    still_open: frozenset[str]
    places: list[Row]
    rounds: list[Row]
    projects: list[Row]
    deliberations: list[Row]
    late_items: list[Row]
    tasks: list[Row]
    receivers: list[Row]
    firms: list[Row]
    pages: Pages
    regions: tuple[Region, ...]
    """Townships with their shapes; their values are the people of the day."""

    @classmethod
    def ask(
        cls, rows: Rows, day: Day, pages: Pages, shapes: Mapping[str, tuple[Any, ...]]
    ) -> "Findings":
        """Return the findings of a day, with the rings of townships; raises what asking raises."""
        bounds, names, flow = day.bounds, Names.ask(rows), Flow.ask(rows, day)
        (states,) = rows(sql.STATES, bounds)
        repeated = rows(sql.AGAIN, bounds)
        theirs = sorted({case for row in repeated for case in row["cases"] if case})
        people = flow.of_township()
        return cls(
            day=day,
            names=names,
            flow=flow,
            risen=rises(flow.series()),
            states=states,
            moves={row["move"]: row["entries"] for row in rows(sql.MOVES, bounds)},
            rates={row["figure"]: row for row in rows(sql.RATES, bounds)},
            trend={row["day"]: row for row in rows(sql.TREND, bounds)},
            channels=rows(sql.CHANNELS, bounds),
            urgent=rows(sql.URGENT, bounds),
            handlers={
                (row["township"], row["category"]): row["handler"]
                for row in rows(sql.HANDLERS, bounds)
            },
            clusters=rows(sql.CLUSTERS, bounds),
            overdue=rows(sql.OVERDUE, bounds),
            repeated=repeated,
            still_open=frozenset(
                row["case_id"] for row in rows(sql.STILL_OPEN, {**bounds, "ids": theirs})
            ),
            places=rows(sql.PLACES, bounds),
            rounds=rows(sql.ROUNDS, bounds),
            projects=rows(OVERDUE_PROJECTS, bounds),
            deliberations=rows(OVERDUE_DELIBERATIONS, bounds),
            late_items=rows(LATE_ITEMS, bounds),
            tasks=rows(TASKS_OF_MONTH, bounds),
            receivers=rows(RECEIVERS, {}),
            firms=rows(FIRMS, {**bounds, "fewest": FEWEST}),
            pages=pages,
            regions=tuple(
                Region(names.area(code), people.get(code, 0), rings)
                for code, rings in sorted(shapes.items())
            ),
        )

    @property
    def days(self) -> tuple[date, ...]:
        """The days of small lines: those that the store knows, the day itself last."""
        return (*self.flow.days, self.day.date)[-TREND_DAYS:]

    def line(self, name: str) -> tuple[float, ...]:
        """Return the small line of `opened` or `resolved`; empty without days before."""
        days = self.days
        if len(days) < 2:
            return ()
        return tuple(float(self.trend.get(str(day), {}).get(name, 0)) for day in days)

    def rows_page(self, listed: str, **filters: str) -> str:
        """Return the page of a list of this day."""
        return self.pages.rows(str(self.day.date), listed, **filters)
