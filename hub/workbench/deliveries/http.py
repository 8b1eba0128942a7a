"""The page of deliveries 外发记录: `/work/deliveries`, sending again, and enabling a receiver."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from aiohttp import web

from hub.accounts.audit import AuditAction
from hub.accounts.staff import StaffRole
from hub.notifications.notices.queue import NoticeQueue
from hub.notifications.notices.rules import NoticesError, load_rules
from hub.notifications.webhooks.queue import Receiver, Sent, WebhookQueue
from hub.notifications.webhooks.subscriptions import (
    Subscription,
    SubscriptionError,
    load_subscriptions,
)
from hub.runtime.paths import DataPaths
from hub.settings.overview import OverviewSettings
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names
from hub.workbench.access import checked_form, staff_viewer
from hub.workbench.deliveries.view import Counted, message_row, notice_row, subscription_row
from hub.workbench.page import Pages
from hub.workbench.services import Services

ROWS = 100
READERS = (StaffRole.CITY, StaffRole.AUDITOR)
NOTHING = (0, 0, 0)

Queue = TypeVar("Queue", WebhookQueue, NoticeQueue)


@dataclass(slots=True)
class Deliveries:
    """What the page shows; `fault` says which file cannot be read."""

    subscriptions: list[Counted] = field(default_factory=list)
    receivers: list[Counted] = field(default_factory=list)
    messages: list[Sent] = field(default_factory=list)
    fault: str = ""


class DeliveriesHttp:
    """The routes of the page."""

    def __init__(self, services: Services, pages: Pages) -> None:
        self._services, self._pages = services, pages
        units = {unit.code: unit.name for unit in services.town.units}
        self._names = {area.code: area.name for area in services.town.areas} | units

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/work/deliveries", self._show)
        app.router.add_post("/work/deliveries/replay", self._replay)
        app.router.add_post("/work/deliveries/enable", self._enable)

    async def _show(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request, *READERS)
        check_names(request, ("name",))
        name = request.query.get("name", "")
        deliveries = await asyncio.to_thread(
            read_deliveries, self._services.settings, self._names, name
        )
        return await self._pages.answer(
            request,
            viewer,
            "deliveries/deliveries.html",
            title="外发记录",
            name=name,
            deliveries=deliveries,
            rows=[message_row(sent) for sent in deliveries.messages],
            may_act=viewer.role is StaffRole.CITY,
        )

    async def _replay(self, request: web.Request) -> web.Response:
        """Send one message of a subscription once more."""
        viewer = staff_viewer(self._services.sessions, request, StaffRole.CITY)
        form = await checked_form(request, viewer)
        name = self._known(str(form.get("name", ""))).name
        try:
            message_id = UUID(str(form.get("message", "")))
        except ValueError as error:
            raise ProblemError(Problem.BAD_REQUEST, "没有这条消息") from error
        detail = f"replay {name} {message_id}"
        await self._services.audit.note(request, viewer, AuditAction.WEBHOOK, detail=detail)
        if not await asyncio.to_thread(self._change, lambda q: q.replay_one(name, message_id)):
            raise ProblemError(Problem.NOT_FOUND, "这条消息已不在记录中，或正在待发")
        raise web.HTTPSeeOther(
            str(request.rel_url.with_path("/work/deliveries").with_query(name=name))
        )

    async def _enable(self, request: web.Request) -> web.Response:
        """Send to a receiver again, at once."""
        viewer = staff_viewer(self._services.sessions, request, StaffRole.CITY)
        form = await checked_form(request, viewer)
        name = self._known(str(form.get("name", ""))).name
        await self._services.audit.note(
            request, viewer, AuditAction.WEBHOOK, detail=f"enable {name}"
        )
        await asyncio.to_thread(self._change, lambda queue: queue.enable(name))
        raise web.HTTPSeeOther("/work/deliveries")

    def _known(self, name: str) -> Subscription:
        subscription = load_subscriptions(self._services.settings).get(name)
        if subscription is None:
            raise ProblemError(Problem.NOT_FOUND, "没有这个回调")
        return subscription

    def _change(self, change: Callable[[WebhookQueue], object]) -> object:
        path = DataPaths(self._services.settings.data).webhook_queue
        with _opened(path, WebhookQueue) as queue:
            return change(queue) if queue else 0


def read_deliveries(settings: OverviewSettings, names: dict[str, str], name: str) -> Deliveries:
    """Return all subscriptions and receivers, and the newest messages of the one of `name`."""
    deliveries = Deliveries()
    try:
        subscriptions, rules = load_subscriptions(settings), load_rules(settings)
    except (SubscriptionError, NoticesError):
        deliveries.fault = "回调或提醒的配置文件有误，请管理员检查"
        return deliveries
    paths = DataPaths(settings.data)
    with _opened(paths.webhook_queue, WebhookQueue) as queue:
        counts, states = (queue.counts(), queue.receivers()) if queue else ({}, {})
        if queue and name in subscriptions:
            deliveries.messages = queue.newest(name, ROWS)
    for key, item in subscriptions.items():
        state = states.get(key, Receiver())
        deliveries.subscriptions.append(
            subscription_row(item, counts.get(key, NOTHING), state, names)
        )
    with _opened(paths.notice_queue, NoticeQueue) as notices:
        counts = notices.counts() if notices else {}
    deliveries.receivers = [
        notice_row(key, receiver, counts.get(key, NOTHING))
        for key, receiver in rules.receivers.items()
    ]
    return deliveries


@contextmanager
def _opened(path: Path, kind: type[Queue]) -> Iterator[Queue | None]:
    """Yield a queue; None where nothing was ever queued, or on another machine."""
    queue = kind(path) if path.exists() else None
    try:
        yield queue
    finally:
        if queue is not None:
            queue.close()
