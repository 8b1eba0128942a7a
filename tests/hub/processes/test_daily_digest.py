"""The digest at its hour: written once a day, mailed to each address once."""

import asyncio
import json
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiosmtpd.controller import Controller
from pydantic import SecretStr, ValidationError

from hub.digest.mail import due_day, recipients
from hub.feedback.transports import TryLaterError
from hub.notifications.notices.rules import NoticesError, load_rules
from hub.processes import daily_digest
from hub.processes.daily_digest import ROBOT_PAUSE, DailyDigest
from hub.processes.digest_robots import DigestRobots
from hub.runtime.paths import DataPaths
from hub.settings.outgoing.feedback import DigestSettings
from hub.settings.outgoing.notifications import NotificationSettings
from hub.store.client import Store
from tests.hub.notifications.receiver import running
from tests.integration.parts import free_port

YESTERDAY = date(2026, 4, 1)
NOW = datetime(2026, 4, 2, 0, 30, tzinfo=UTC)
"""Half past eight in Beijing."""


class Inbox:
    """A mail server that keeps what it accepts, and refuses an address for good."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, bytes]] = []

    async def handle_RCPT(  # noqa: N802 - the name of the library
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        """Accept every address but `gone@`."""
        del server, session, options
        if address.startswith("gone@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep a mail."""
        del server, session
        self.mails.append((envelope.rcpt_tos[0], envelope.content))
        return "250 OK"


class FixedClock(datetime):
    """A clock that stands at `NOW`."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        """Return the moment."""
        return NOW.astimezone(tz)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DigestSettings:
    """Return settings whose hour has come, with a mail server that does not run yet."""
    monkeypatch.setattr(daily_digest, "datetime", FixedClock)
    return DigestSettings(
        data=tmp_path,
        digest_at="08:00",
        digest_to="mayor@example.cn, gone@example.cn,mayor@example.cn",
        digest_from="hub@example.cn",
        smtp_url=SecretStr(f"smtp://127.0.0.1:{free_port()}"),
        overview_url="https://hub.example",
    )


def test_it_is_due_from_its_hour_on() -> None:
    """Before the hour nothing is due; afterwards yesterday, by the clock of Beijing."""
    assert due_day(datetime(2026, 4, 1, 23, 59, tzinfo=UTC), "08:00") is None
    assert due_day(datetime(2026, 4, 2, 0, 0, tzinfo=UTC), "08:00") == YESTERDAY
    assert due_day(datetime(2026, 4, 2, 15, 59, tzinfo=UTC), "08:00") == YESTERDAY
    assert due_day(datetime(2026, 4, 2, 16, 0, tzinfo=UTC), "00:00") == date(2026, 4, 2)
    assert recipients(" a@x, b@x ,,a@x") == ["a@x", "b@x"]


@pytest.mark.parametrize("at", ["8:00", "24:00", "08:60", "morning"])
def test_an_hour_that_is_none_is_refused(at: str) -> None:
    """The hub does not start with it, instead of never sending."""
    with pytest.raises(ValidationError, match="digest_at"):
        DigestSettings(digest_at=at)


def test_each_address_gets_it_once(store: Store, settings: DigestSettings, tmp_path: Path) -> None:
    """A server that is away is tried again; a refused address is not; a restart sends nothing."""
    inbox = Inbox()
    with pytest.raises(TryLaterError):
        asyncio.run(DailyDigest(settings, store.named).step())
    port = int(settings.smtp_url.get_secret_value().rpartition(":")[2])
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        for _ in range(2):
            asyncio.run(DailyDigest(settings, store.named).step())
    finally:
        controller.stop()
    ((address, content),) = inbox.mails
    mail = message_from_bytes(content, policy=policy.default)
    assert address == "mayor@example.cn"
    assert mail["From"] == "hub@example.cn"
    assert "民情一日一研判（2026年4月1日）" in mail["Subject"]
    text, paper, page = mail.iter_parts()
    assert f"https://hub.example/work/digest/{YESTERDAY}" in text.get_content()
    assert paper.get_content().startswith(b"%PDF-")
    assert page.get_filename() == f"digest-{YESTERDAY}.html"
    record = json.loads((tmp_path / "digests" / f"sent-{YESTERDAY}.json").read_text("utf-8"))
    assert record.keys() == {"mayor@example.cn", "gone@example.cn"}
    assert record["gone@example.cn"].startswith("refused: SMTP 550")


def test_without_addresses_it_is_only_written(
    store: Store, settings: DigestSettings, tmp_path: Path
) -> None:
    """Whoever fetches the files from the folder needs no mail server."""
    quiet = settings.model_copy(update={"digest_to": ""})
    asyncio.run(DailyDigest(quiet, store.named).step())
    assert (tmp_path / "digests" / f"digest-{YESTERDAY}.pdf").exists()


def test_each_robot_gets_it_once(
    store: Store, settings: DigestSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the link first; a robot that fails is tried again later, and a restart sends nothing."""
    quiet = settings.model_copy(update={"digest_to": ""})
    robots = NotificationSettings(data=tmp_path, outbound_networks="127.0.0.0/8")

    async def talk() -> None:
        async with running() as (server, _):
            server.body = '{"errcode": 0}'
            server.answers = [web.Response(text='{"errcode": 93000, "errmsg": "invalid"}')]
            rules = {"receivers": {"desk": {"robot": "wecom", "url": server.url}}}
            text = json.dumps({**rules, "digest": ["desk"]})
            DataPaths(tmp_path).notices.write_text(text, encoding="utf-8")
            digest = DailyDigest(quiet, store.named, DigestRobots(robots))
            await digest.step()
            await digest.step()
            assert len(server.requests) == 1
            late = type("LateClock", (FixedClock,), {"now": lambda _=None: NOW + ROBOT_PAUSE})
            monkeypatch.setattr(daily_digest, "datetime", late)
            await digest.step()
            await DailyDigest(quiet, store.named, DigestRobots(robots)).step()
            assert len(server.requests) == 2
            content = json.loads(server.requests[1].body)["markdown"]["content"]
            link = f"https://hub.example/work/digest/{YESTERDAY}"
            assert "民情一日一研判（2026年4月1日）" in content.splitlines()[0]
            assert link in content.splitlines()[2]
            assert "当日反映" in content

    asyncio.run(talk())


def test_a_digest_for_a_robot_that_is_none_is_refused(tmp_path: Path) -> None:
    """The error names the robots that there are; mailboxes are none."""
    text = "{sender: a@b.cn, receivers: {office: {mail: [c@d.cn]}}, digest: [office]}"
    path = DataPaths(tmp_path).notices
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NoticesError, match="no robot office; there are: none"):
        load_rules(NotificationSettings(data=tmp_path))
