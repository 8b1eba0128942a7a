"""The entries of the navigation 导航: queues with counts, then the other pages, by role."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from hub.accounts.session import Viewer
from hub.accounts.staff import OFFICE_ROLES, StaffRole

EVERYONE = OFFICE_ROLES
HANDLERS = EVERYONE - {StaffRole.AUDITOR}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the navigation; `count` is None where nothing is counted.

    `key` is the second key of its shortcut: `g` followed by it opens the page. `alarm` colours the
    count red if it is not zero. `code` names the count in live updates.
    """

    address: str
    name: str
    count: int | None = None
    key: str = ""
    alarm: bool = False
    code: str = ""


QueueEntries = Callable[[Viewer], Awaitable[list[Entry]]]
"""Returns the queues of a viewer's role with their counts."""

PAGES: tuple[tuple[Entry, frozenset[StaffRole]], ...] = (
    (Entry("/work/search", "查找", key="f"), EVERYONE),
    (Entry("/work/new", "人工录入", key="n"), HANDLERS),
    (Entry("/work/grids", "一格一档"), EVERYONE - {StaffRole.UNIT}),
    (Entry("/work/projects", "村居项目", key="x"), EVERYONE),
    (Entry("/work/deliberations", "议事", key="i"), EVERYONE),
    (Entry("/work/ratings", "待评价"), frozenset({StaffRole.TOWNSHIP})),
    (Entry("/work/department-ratings", "部门评价"), EVERYONE),
    (Entry("/work/services", "政务服务办件", key="v"), EVERYONE),
    (Entry("/work/deliveries", "外发记录"), frozenset({StaffRole.CITY, StaffRole.AUDITOR})),
    (Entry("/work/digest", "一日一研判", key="z"), frozenset({StaffRole.CITY, StaffRole.AUDITOR})),
    (
        Entry("/work/burdens", "减负"),
        frozenset({StaffRole.CITY, StaffRole.TOWNSHIP, StaffRole.AUDITOR}),
    ),
    (Entry("/work/design", "界面规范"), frozenset({StaffRole.CITY})),
)
"""The pages besides the queues, and the roles that see them. A new page adds its line."""


def pages_of(viewer: Viewer) -> list[Entry]:
    """Return the entries of the pages that a viewer's role sees."""
    return [entry for entry, roles in PAGES if viewer.role in roles]
