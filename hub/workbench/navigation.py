"""The entries of the navigation 导航: queues with counts, then the other pages, by role."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

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


class PageCount(StrEnum):
    """What is counted beside a page; the values are codes of live updates."""

    PROJECTS = "projects_late"
    """超期的村居项目"""
    DELIBERATIONS = "deliberations_late"
    """超期的议事"""
    RATINGS = "to_rate"
    """待评价的部门"""
    SERVICES = "services_late"
    """超期的办件"""
    BURDENS = "tasks_to_county"
    """等待县里决定的任务"""


QueueEntries = Callable[[Viewer], Awaitable[list[Entry]]]
"""Returns the queues, or the pages, of a viewer's role with their counts."""

PAGES: tuple[tuple[Entry, frozenset[StaffRole]], ...] = (
    (Entry("/work/search", "查找", key="f"), EVERYONE),
    (Entry("/work/new", "人工录入", key="n"), HANDLERS),
    (Entry("/work/grids", "一格一档"), EVERYONE - {StaffRole.UNIT}),
    (
        Entry("/work/projects", "村居项目", key="x", alarm=True, code=PageCount.PROJECTS),
        EVERYONE,
    ),
    (
        Entry("/work/deliberations", "议事", key="i", alarm=True, code=PageCount.DELIBERATIONS),
        EVERYONE,
    ),
    (
        Entry("/work/ratings", "待评价", code=PageCount.RATINGS),
        frozenset({StaffRole.TOWNSHIP}),
    ),
    (Entry("/work/visits", "按类别走访"), EVERYONE - {StaffRole.UNIT}),
    (Entry("/work/registers/looks", "台账查看审计"), frozenset({StaffRole.AUDITOR})),
    (Entry("/work/department-ratings", "部门评价"), EVERYONE),
    (
        Entry("/work/services", "政务服务办件", key="v", alarm=True, code=PageCount.SERVICES),
        EVERYONE,
    ),
    (Entry("/work/deliveries", "外发记录"), frozenset({StaffRole.CITY, StaffRole.AUDITOR})),
    (Entry("/work/digest", "一日一研判", key="z"), frozenset({StaffRole.CITY, StaffRole.AUDITOR})),
    (
        Entry("/work/burdens", "减负", code=PageCount.BURDENS),
        frozenset({StaffRole.CITY, StaffRole.TOWNSHIP, StaffRole.AUDITOR}),
    ),
    (Entry("/work/design", "界面规范"), frozenset({StaffRole.CITY})),
)
"""The pages besides the queues, and the roles that see them. A new page adds its line."""
OF_RIGHT = Entry("/work/registers", "人员台账")
"""The page that a member sees by his right, not by his role."""


def pages_of(viewer: Viewer) -> list[Entry]:
    """Return the entries of the pages that a viewer's role sees."""
    return [entry for entry, roles in PAGES if viewer.role in roles]
