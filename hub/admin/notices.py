"""`hub notices` 提醒: check the rules, and try a receiver."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

from hub.notifications.notices.delivery import NotSentError, Transport, send_text
from hub.notifications.notices.notice import Notice, NoticeKind
from hub.notifications.notices.rules import NoticesError, load_rules, rules_path, unknown_codes
from hub.notifications.notices.text import text_of
from hub.notifications.webhooks.delivery import SECONDS
from hub.settings import Settings
from hub.town.registers import load_town
from hub.web.outbound import Destinations, OutboundSession

EXAMPLE = "这是一条测试提醒，收到即说明已接通"


def check(settings: Settings) -> tuple[bool, str]:
    """Return whether the rules can be used, and the findings; raises `NoticesError`."""
    rules, town = load_rules(settings), load_town(settings.town)
    destinations = Destinations(settings.outbound_networks)
    units = frozenset(unit.code for unit in town.units)
    areas = frozenset((*(area.code for area in town.areas), *(grid.code for grid in town.grids)))
    faults = unknown_codes(rules, units, areas)
    for name, receiver in rules.receivers.items():
        if receiver.robot and (fault := destinations.fault(receiver.url)):
            faults.append(f"receivers.{name}.url: {fault}")
        if receiver.mail and not settings.smtp_url.get_secret_value():
            faults.append(f"receivers.{name}: mail needs HUB_SMTP_URL")
    unused = set(rules.receivers) - {rule.to for rule in rules.rules} - set(rules.digest)
    faults += [f"receivers.{name}: no rule sends to it" for name in sorted(unused)]
    if faults:
        return False, "\n".join(faults)
    path = rules_path(settings)
    if not path.exists():
        return True, f"{path}: no such file, so no notices are sent"
    counts = f"{len(rules.receivers)} receivers, {len(rules.rules)} rules"
    return True, f"{path}: {counts}, no faults"


def test(settings: Settings, name: str) -> str:
    """Send a test notice to a receiver now; return its answer; raises `HubError`."""
    rules = load_rules(settings)
    receiver = rules.receivers.get(name)
    if receiver is None:
        known = ", ".join(rules.receivers) or "none"
        raise NoticesError(f"no receiver {name}; there are: {known}")
    now = datetime.now(UTC)
    notice = Notice(
        notice_id=UUID(int=0), kind=NoticeKind.NEW, case_id=UUID(int=0), at=now, title=EXAMPLE
    )
    text = text_of([notice], {}, settings.overview_url)

    async def send() -> str:
        destinations = Destinations(settings.outbound_networks)
        async with OutboundSession(destinations, SECONDS) as session:
            smtp_url = settings.smtp_url.get_secret_value()
            return await send_text(receiver, text, Transport(session, smtp_url, rules.sender))

    try:
        return asyncio.run(send())
    except NotSentError as error:
        raise NoticesError(f"{name}: {error}") from error
