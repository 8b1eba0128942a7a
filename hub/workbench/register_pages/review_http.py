"""The handler of `/work/registers/looks` 台账查看审计, for auditors: who looked, for what."""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from hub.accounts.audit import OPERATOR
from hub.accounts.staff import StaffRole
from hub.web.query import check_names
from hub.workbench.access import staff_viewer
from hub.workbench.page import ROLES, Pages
from hub.workbench.register_pages import query
from hub.workbench.register_pages.purpose import PURPOSE_NAMES
from hub.workbench.register_pages.unusual import unusual
from hub.workbench.services import Services
from schemas.registers.person_class import CLASS_NAMES

NO_CLASS = "none"
WHAT = {
    "register_look": "查看",
    "register_miss": "未查到",
    "register_list": "列出网格",
    "register_refused": "被拒绝",
}
ROLE_NAMES: Mapping[str, str] = {
    **{str(role): name for role, name in ROLES.items()},
    OPERATOR: "服务器操作员",
}
REFUSALS = {
    "no purpose": "没有写明用途",
    "no right": "没有权限",
    "over the limit": "超过当天上限",
    "class ": "类别不在权限内",
}
"""Parts of the lines about refusals, and what the page says of them."""


class RegisterReviewHttp:
    """The page of the auditors."""

    def __init__(self, services: Services, pages: Pages) -> None:
        self._services, self._pages = services, pages
        self._grids = {grid.code: grid.name for grid in services.town.grids}

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_get("/work/registers/looks", self._page)

    async def _page(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request, StaffRole.AUDITOR)
        check_names(request, ())
        members, not_visited, classes, purposes, often, latest = await asyncio.gather(
            *(
                self._services.rows(sql)
                for sql in (
                    query.MEMBERS,
                    query.NOT_VISITED,
                    query.BY_CLASS,
                    query.BY_PURPOSE,
                    query.OFTEN,
                    query.LATEST,
                )
            )
        )
        missing = {str(row["who"]): int(row["looks"]) for row in not_visited}
        members = [{**row, "not_visited": missing.get(str(row["who"]), 0)} for row in members]
        reasons = unusual(members)
        return await self._pages.answer(
            request,
            viewer,
            "register_pages/looks.html",
            title="台账查看审计",
            days=query.DAYS_OF_REVIEW,
            most=query.MOST_LINES,
            members=[
                {**row, "role": _role(row["role"]), "reasons": reasons[str(row["who"])]}
                for row in members
            ],
            classes=[{**row, "name": class_name(str(row["class"]))} for row in classes],
            purposes=[
                {**row, "name": _purpose(str(row["purpose"])) or "服务器命令"} for row in purposes
            ],
            often=often,
            latest=[_line(row, self._grids) for row in latest],
        )


def class_name(code: str) -> str:
    """Return the Chinese name of a class as the audit writes it; empty for none."""
    if code == NO_CLASS:
        return "没有类别"
    return next((name for known, name in CLASS_NAMES.items() if known == code), "没有记录")


def _role(role: str) -> str:
    return ROLE_NAMES.get(role, role)


def _purpose(code: str) -> str:
    return next((name for known, name in PURPOSE_NAMES.items() if known == code), "")


def _words(row: Mapping[str, Any]) -> str:
    """Return why somebody looked, or why he was refused."""
    detail = str(row["detail"])
    if row["what"] == "register_refused":
        return next((text for start, text in REFUSALS.items() if start in detail), "")
    if row["role"] == OPERATOR:
        return detail.partition(": ")[2]
    return str(row["words"]) if row["purpose"] else ""


def _line(row: Mapping[str, Any], grids: Mapping[str, str]) -> dict[str, Any]:
    codes = [code for code in str(row["classes"]).split(",") if code]
    return {
        **row,
        "what": WHAT[str(row["what"])],
        "role": _role(str(row["role"])),
        "purpose": _purpose(str(row["purpose"])),
        "classes": "、".join(map(class_name, codes)),
        "grid": f"{name}（{row['grid']}）" if (name := grids.get(row["grid"])) else row["grid"],
        "words": _words(row),
    }
