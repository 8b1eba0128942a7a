"""Mails that cannot be read, in a maildir and on an IMAP server: the next ones are read."""

import imaplib
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from hub.intake.collectors.mail import AGAIN_ROUNDS, CUR, Imap, MailDir
from hub.intake.collectors.outside import OutsideFolder
from tests.builders.collecting import Desk, at_desk, rounds
from tests.builders.imap import serve_imap


def bodies(desk: Desk) -> list[bytes]:
    """Return the mails in the journal."""
    return [raw.body for raw in desk.kept]


def test_an_unreadable_mail_of_a_maildir_is_reported_once_and_tried_later(tmp_path: Path) -> None:
    """The mails behind it are read at once; it is read when it can be."""
    read = OutsideFolder.read
    denied = {"1.host"}

    def guarded(folder: OutsideFolder, name: str, most: int) -> Any:
        if name in denied:
            raise PermissionError(13, "Permission denied")
        return read(folder, name, most)

    async def talk(desk: Desk) -> None:
        maildir = MailDir(desk.restart())
        for name in ("1.host", "2.host"):
            (maildir.path / "new" / name).write_bytes(name.encode())
        with patch.object(OutsideFolder, "read", guarded):
            assert await rounds(maildir.collect, 10) == []
            assert bodies(desk) == [b"2.host"]
            assert desk.set_aside("maildir") == 1
            denied.clear()
            await rounds(maildir.collect, AGAIN_ROUNDS)
        assert bodies(desk) == [b"2.host", b"1.host"]

    at_desk(tmp_path, talk)


def test_a_mail_that_cannot_be_moved_is_kept_once(tmp_path: Path) -> None:
    """Where `cur/` is no folder, all mails are taken, each once."""

    async def talk(desk: Desk) -> None:
        maildir = MailDir(desk.restart())
        (maildir.path / CUR.removeprefix("../")).rmdir()
        (maildir.path / "cur").write_bytes(b"")
        for name in ("1.host", "2.host"):
            (maildir.path / "new" / name).write_bytes(name.encode())
        assert await rounds(maildir.collect, 5) == []
        assert bodies(desk) == [b"1.host", b"2.host"]

    at_desk(tmp_path, talk)


@pytest.mark.parametrize(
    "fault",
    [
        imaplib.IMAP4.abort("command: UID => socket error: EOF"),
        imaplib.IMAP4.error("command: UID => got more than 1000000 bytes"),
        TimeoutError("timed out"),
        ("NO", [b"[SERVERBUG] Internal error"]),
    ],
    ids=repr,
)
def test_a_mail_that_the_server_cannot_send_is_left_out(fault: Any, tmp_path: Path) -> None:
    """The mails before it are taken at once, those behind it after five tries; it is reported."""
    uid = imaplib.IMAP4.uid

    def faulty(server: imaplib.IMAP4, command: str, *words: str) -> Any:
        if command == "FETCH" and words[0] == "3":
            if isinstance(fault, tuple):
                return fault
            raise fault
        return uid(server, command, *words)

    async def talk(desk: Desk) -> None:
        async with serve_imap() as box:
            box.mails = {n: f"mail {n}".encode() for n in (1, 2, 3, 4)}
            imap = Imap(desk.restart(imap_url=box.url))
            with patch.object(imaplib.IMAP4, "uid", faulty):
                assert len(await rounds(imap.collect, 1)) == 1
                assert bodies(desk) == [b"mail 1", b"mail 2"]
                assert len(await rounds(imap.collect, 8)) == 3
            assert bodies(desk) == [b"mail 1", b"mail 2", b"mail 4"]
            assert desk.set_aside("IMAP") == 1

    at_desk(tmp_path, talk)


def test_a_mail_that_was_deleted_meanwhile_is_passed(tmp_path: Path) -> None:
    """A FETCH without a mail is noted, and the next mail is read in the same round."""
    uid = imaplib.IMAP4.uid

    def gone(server: imaplib.IMAP4, command: str, *words: str) -> Any:
        return ("OK", [None]) if words[0] == "1" else uid(server, command, *words)

    async def talk(desk: Desk) -> None:
        async with serve_imap() as box:
            box.mails = {1: b"one", 2: b"two"}
            imap = Imap(desk.restart(imap_url=box.url))
            with patch.object(imaplib.IMAP4, "uid", gone):
                assert await rounds(imap.collect, 2) == []
        assert bodies(desk) == [b"two"]
        assert desk.set_aside("IMAP") == 1

    at_desk(tmp_path, talk)
