"""Mailboxes of Chinese providers are read."""

from pathlib import Path

import pytest

from hub.intake.collectors.mail import Imap, mailbox_name
from tests.builders.imap import serve_imap
from tests.builders.intake import Intake, with_intake

MAIL = b"Message-ID: <1@example.org>\r\nSubject: x\r\n\r\nhello\r\n"


def test_a_mailbox_that_wants_identification_is_read(tmp_path: Path) -> None:
    """163, 126 and yeah.net refuse SELECT to a client that has not sent ID."""

    async def talk(intake: Intake) -> None:
        async with serve_imap(needs_id=True) as box:
            settings = intake.settings.model_copy(update={"imap_url": box.url})
            source = intake.source.__class__(settings, intake.receiver, intake.journal)
            box.mails = {3: MAIL}
            assert await Imap(source).collect() == 1
            assert [raw.body for raw in intake.kept] == [MAIL]

    with_intake(tmp_path, talk)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("INBOX", '"INBOX"'),
        ("来信 & 回复", '"&Z2VP4Q- &- &Vt5ZDQ-"'),
        ("&Z2VP4Q-", '"&Z2VP4Q-"'),
        ('a"b', '"a\\"b"'),
    ],
)
def test_a_mailbox_has_any_name(name: str, written: str) -> None:
    """Names go over the wire in modified UTF-7 and quotes (RFC 3501, 5.1.3)."""
    assert mailbox_name(name) == written
