"""市长信箱: a maildir on this machine, and an IMAP mailbox; each mail is taken once."""

import asyncio
import imaplib
import mailbox
import re
import socket
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

import structlog

from hub.intake.collectors.outside import LEFT, OutsideFolder, not_plain, readable
from hub.intake.collectors.source import Source
from hub.intake.collectors.stuck import Stuck
from hub.journal.journal import JournalFullError
from hub.runtime.paths import DataPaths
from schemas.channel import Channel
from schemas.reports.raw import Transport

CURSOR = "imap"
IMAP_TIMEOUT = 30
MOST = 100
"""Mails of one round."""
CUR, REJECTED = "../cur", "../rejected"
"""Where mails go from `new/`."""
NOT_PRINTABLE = re.compile(r"[^\x20-\x7e]+|&")
ENCODED_NAME = re.compile(r"&[A-Za-z0-9+,]*-")
AGAIN_ROUNDS = 120
"""Rounds until a mail that could not be read is tried again."""

log = structlog.get_logger()


class MailDir:
    """`maildir/`: mails in `new/` are taken and moved to `cur/` as seen."""

    def __init__(self, source: Source) -> None:
        self._source = source
        path = DataPaths(source.settings.data).maildir
        for name in ("new", "cur", "tmp"):
            (path / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = path
        self._waiting: set[str] = set()
        self._seen = True
        self._round = 0
        self._stuck = Stuck(2)
        self._again: dict[str, int] = {}
        """Mails that could not be read, each with the round that tries it again."""

    @property
    def is_empty(self) -> bool:
        """Whether the last round saw no mail, nor anything else."""
        return not self._seen

    async def collect(self) -> int:
        """Read up to `MOST` new mails; log entries that are not plain files."""
        self._round += 1
        with OutsideFolder.open(self.path / "new") as new:
            names = await asyncio.to_thread(self._new, new)
            return sum([await self._attempt(new, name) for name in names])

    async def _attempt(self, new: OutsideFolder, name: str) -> bool:
        """Take one mail; one that cannot be read is reported once and does not stop the others."""
        try:
            await self._take(new, name)
        except JournalFullError:
            raise
        except Exception as error:  # noqa: BLE001 - the next mail must be read
            if self._stuck.failed(name):
                shown = readable(name)
                state, identity = f"not taken: {error!r}", f"maildir:{name}"
                self._source.set_aside("maildir", shown, state, identity=identity)
                self._again[name] = self._round + AGAIN_ROUNDS
            return False
        self._stuck.clear(name)
        return True

    async def _take(self, new: OutsideFolder, name: str) -> None:
        limit, shown = self._source.settings.max_body, readable(name)
        body, mark = await asyncio.to_thread(new.read, name, limit)
        if len(body) > limit:
            state, identity = f"too large: over {limit} bytes", f"maildir:{name}"
            self._source.set_aside("maildir", shown, state, identity=identity)
            await asyncio.to_thread(new.put_away, name, REJECTED, mark)
            return
        await take(self._source, body, f"maildir:{shown}", shown)
        await asyncio.to_thread(new.put_away, name, CUR, mark, under=f"{name}:2,S")

    def _new(self, new: OutsideFolder) -> list[str]:
        """Return the names of plain files; links, pipes and devices are put aside."""
        plain, waiting, entries = [], set(), new.entries()
        self._seen = bool(entries)
        for name, state in entries:
            kind = not_plain(state)
            if not kind:
                plain.append(name)
            elif kind in LEFT:
                waiting.add(name)
                if name not in self._waiting:
                    log.warning("mail_not_read", file=readable(name), detail=kind)
            else:
                with suppress(OSError):
                    new.put_away(name, REJECTED)
                log.warning(
                    "mail_rejected",
                    file=readable(name),
                    detail=kind,
                    advice="deliver the mail as a plain file",
                )
        self._waiting = waiting
        self._again = {name: again for name, again in self._again.items() if name in plain}
        return [name for name in plain if self._again.get(name, 0) <= self._round][:MOST]


async def take(source: Source, body: bytes, delivery: str, name: str) -> None:
    """Make one mail durable; the same bytes under one delivery name are one mail."""
    await source.receiver.take(
        Channel.MAYOR_MAILBOX,
        Transport.MAIL,
        body,
        delivery=f"{delivery}:{sha256(body).hexdigest()}",
        source=name,
        content_type="message/rfc822",
    )


def drop_mail(path: Path, body: bytes) -> None:
    """Deliver one mail to a maildir, as a mail server does."""
    mailbox.Maildir(path, create=True).add(body)


class Imap:
    """An IMAP inbox, read by UID; the cursor is UIDVALIDITY and the last UID."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._url = urlsplit(source.settings.imap_url.get_secret_value())
        self._failure: tuple[str, int, Exception] | None = None
        """The mail that ended the last reading, if one did."""
        self._stuck = Stuck()

    async def collect(self) -> int:
        """Read new mails; raises `OSError` if the server is away or refuses."""
        count = 0
        for validity, uid, body in await asyncio.to_thread(self._fetch):
            limit = self._source.settings.max_body
            if not 0 < len(body) <= limit:
                state = f"{len(body)} bytes, at most {limit}; the mail stays in the mailbox"
                self._set_aside(validity, uid, state)
            else:
                await take(self._source, body, f"imap:{validity}:{uid}", f"uid {uid}")
            self._source.journal.set(CURSOR, f"{validity}:{uid}")
            count += 1
        return count + self._past_failure()

    def _past_failure(self) -> int:
        """Leave out a mail that failed too often; raises `OSError` to try it again before."""
        if self._failure is None:
            return 0
        validity, uid, error = self._failure
        if not self._stuck.failed(f"{validity}:{uid}"):
            raise OSError(f"IMAP {self._url.hostname}: uid {uid}: {error}") from error
        self._set_aside(validity, uid, f"not read: {error}; the mail stays in the mailbox")
        self._source.journal.set(CURSOR, f"{validity}:{uid}")
        return 1

    def _set_aside(self, validity: str, uid: int, state: str) -> None:
        identity = f"imap:{validity}:{uid}"
        self._source.set_aside("IMAP", f"uid {uid}", state, identity=identity)

    def _fetch(self) -> list[tuple[str, int, bytes]]:
        try:
            with self._connect() as server:
                user, password = self._url.username or "", self._url.password or ""
                server.login(unquote(user), unquote(password))
                _identify(server)
                _select(server, unquote(self._url.path.strip("/")) or "INBOX")
                return list(self._read(server))
        except (imaplib.IMAP4.error, socket.gaierror) as error:
            raise OSError(f"IMAP {self._url.hostname}: {error}") from error

    def _connect(self) -> imaplib.IMAP4:
        host = self._url.hostname or ""
        if self._url.scheme == "imaps":
            return imaplib.IMAP4_SSL(host, self._url.port or 993, timeout=IMAP_TIMEOUT)
        return imaplib.IMAP4(host, self._url.port or 143, timeout=IMAP_TIMEOUT)

    def _read(self, server: imaplib.IMAP4) -> Iterator[tuple[str, int, bytes]]:
        (response,) = server.response("UIDVALIDITY")[1]
        validity = response.decode() if isinstance(response, bytes) else str(response)
        known, _, last = (self._source.journal.get(CURSOR) or "").partition(":")
        # After a new UIDVALIDITY the UIDs identify other mails (RFC 3501, 2.3.1.1).
        after = int(last) if known == validity and last else 0
        listed = server.uid("SEARCH", f"UID {after + 1}:*")[1][0] or b""
        fresh = sorted(uid for uid in map(int, listed.split()) if uid > after)
        self._failure = None
        for uid in fresh[:MOST]:
            try:
                body = _body(*server.uid("FETCH", str(uid), "(BODY.PEEK[])"))
            except (imaplib.IMAP4.error, OSError, ValueError) as error:
                # The mails before it are taken first; the server may have closed the connection.
                self._failure = (validity, uid, error)
                with suppress(imaplib.IMAP4.error, OSError):
                    server.logout()
                return
            yield validity, uid, body


def _body(status: str, parts: list[tuple[bytes, bytes] | bytes | None]) -> bytes:
    """Return the mail of a FETCH; empty for a deleted mail. Raises `ValueError` if refused."""
    if status != "OK":
        raise ValueError(f"FETCH was answered with {status} {parts}")
    return next((part[1] for part in parts if isinstance(part, tuple)), b"")


def _identify(server: imaplib.IMAP4) -> None:
    """Send ID (RFC 2971): 163, 126 and yeah.net refuse SELECT to a client that has not sent it."""
    with suppress(imaplib.IMAP4.error):
        # A server that does not know the command answers BAD, which changes nothing.
        server.xatom("ID", '("name" "minqing-hub" "vendor" "minqing-hub")')


def _select(server: imaplib.IMAP4, name: str) -> None:
    status, parts = server.select(mailbox_name(name), readonly=True)
    if status != "OK":
        detail = " ".join(part.decode("utf-8", "replace") for part in parts if part)
        raise imaplib.IMAP4.error(f"SELECT {name} was answered with {status} {detail}")


def mailbox_name(name: str) -> str:
    """Return a mailbox name in modified UTF-7, quoted (RFC 3501, 5.1.3), if it is not yet so."""
    if not ENCODED_NAME.search(name):
        name = NOT_PRINTABLE.sub(_modified_utf_7, name)
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _modified_utf_7(match: re.Match[str]) -> str:
    digits = b64encode(match[0].encode("utf-16-be"), b"+,").decode().rstrip("=")
    return "&-" if match[0] == "&" else f"&{digits}-"
