"""An IMAP server with the few commands that reading a mailbox by UID needs (RFC 3501)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pydantic import SecretStr


@dataclass(slots=True)
class Box:
    """The mailbox of the server; a test adds mails to it."""

    port: int = 0
    password: str = "p@ss"
    validity: int = 7
    mails: dict[int, bytes] = field(default_factory=dict)
    needs_id: bool = False
    """Whether SELECT is refused to a client that has not sent ID (RFC 2971)."""

    @property
    def url(self) -> SecretStr:
        """URL of the mailbox, with the initial password."""
        return SecretStr(f"imap://mayor:p%40ss@127.0.0.1:{self.port}/")


@asynccontextmanager
async def serve_imap(*, needs_id: bool = False) -> AsyncIterator[Box]:
    """Serve a mailbox on a free loopback port; with `needs_id`, SELECT wants ID before it."""
    box = Box(needs_id=needs_id)
    server = await asyncio.start_server(lambda r, w: _talk(box, r, w), "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    async with server:
        yield box


async def _talk(box: Box, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    identified = not box.needs_id
    writer.write(b"* OK ready\r\n")
    while line := await reader.readline():
        tag, command, *rest = line.decode().split()
        words = [word.upper() for word in rest]
        identified |= command.upper() == "ID"
        ok = identified or command.upper() not in ("SELECT", "EXAMINE")
        for piece in _answer(box, command.upper(), words, line) if ok else ():
            writer.write(piece)
        if command.upper() == "LOGIN":
            ok = f'"{box.password}"' in line.decode()
        writer.write(f"{tag} {'OK' if ok else 'NO'} {command} done\r\n".encode())
        await writer.drain()
    writer.close()


def _answer(box: Box, command: str, words: list[str], _: bytes) -> list[bytes]:
    if command == "CAPABILITY":
        return [b"* CAPABILITY IMAP4rev1\r\n"]
    if command in ("SELECT", "EXAMINE"):
        return [f"* {len(box.mails)} EXISTS\r\n* OK [UIDVALIDITY {box.validity}] ok\r\n".encode()]
    if command == "UID" and words[0] == "SEARCH":
        first = int(words[-1].split(":")[0])
        # `n:*` always names the last mail, even one below n (RFC 3501, 6.4.8).
        uids = sorted(
            {*(u for u in box.mails if u >= first), *([max(box.mails)] if box.mails else [])}
        )
        return [f"* SEARCH {' '.join(map(str, uids))}\r\n".encode()]
    if command == "UID" and words[0] == "FETCH":
        uid = int(words[1])
        body = box.mails[uid]
        return [f"* 1 FETCH (UID {uid} BODY[] {{{len(body)}}}\r\n".encode(), body, b")\r\n"]
    return [b"* BYE\r\n"] if command == "LOGOUT" else []
