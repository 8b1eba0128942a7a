"""`hub rejected`: what could not become an event, and how to put it in again after a fix."""

import base64
import json
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import click
from rich.console import Console
from rich.table import Column, Table

from hub.credentials import load_or_create_credentials
from hub.reader import Reader
from hub.settings import Settings
from schemas.binding import decode
from schemas.rejected import REASON_MEANINGS, Rejected

LIST = (
    "SELECT toString(rejected_id) AS rejected_id, channel, reason, position, detail,"
    " toString(received_at) AS received_at FROM rejected ORDER BY received_at DESC"
    " LIMIT {limit:UInt32}"
)
SHOW = "SELECT body FROM rejected WHERE rejected_id = {id:UUID}"


def read_rejected(reader: Reader, rejected_id: str) -> Rejected | None:
    """Return one rejected message with its raw bytes, or None."""
    found = reader.rows(SHOW, {"id": rejected_id})
    return decode(Rejected, str(found[0]["body"]).encode()) if found else None


def list_rejected(settings: Settings, *, limit: int, as_json: bool) -> str:
    """Return the newest as a table or as JSON lines."""
    rows = Reader(settings).rows(LIST, {"limit": limit})
    if as_json:
        return "\n".join(json.dumps(row, ensure_ascii=False, default=str) for row in rows)
    table = Table(Column("id", no_wrap=True), "channel", "reason", "position", "detail", "received")
    names = ("rejected_id", "channel", "reason", "position", "detail", "received_at")
    for row in rows:
        table.add_row(*(str(row[name]) for name in names))
    console = Console(width=160)
    with console.capture() as shown:
        console.print(table)
    return shown.get()


def show_rejected(settings: Settings, rejected_id: str, *, as_json: bool) -> str:
    """Return one with its reason, position and bytes; raises `click.ClickException`."""
    found = read_rejected(Reader(settings), rejected_id)
    if found is None:
        raise click.ClickException(f"no rejected message {rejected_id}; see hub rejected ls")
    if as_json:
        return found.model_dump_json()
    lines = [
        f"{found.channel}  {found.reason}: {REASON_MEANINGS[found.reason]}",
        f"detail    {found.detail}",
        f"position  {found.position or 'the whole message'}",
        f"received  {found.received_at.isoformat()} from {found.raw.source or 'unknown'}",
        f"type      {found.raw.content_type or 'not told'}, {len(found.raw.body)} bytes",
        "", _shown(found.part if found.part is not None else found.raw.body),
    ]  # fmt: skip
    return "\n".join(lines)


def _shown(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return base64.encodebytes(body).decode()


def replay_rejected(settings: Settings, rejected_ids: list[str]) -> str:
    """Ask the intake to take the raw bytes in once more; raises `click.ClickException`."""
    token = load_or_create_credentials(settings).value("admin", "token")
    url = f"http://{settings.host}:{settings.intake_port}/v1/admin/replay"
    request = Request(
        url,
        data=json.dumps({"rejected_ids": rejected_ids}).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urlopen(request, timeout=60) as answer:  # noqa: S310
            receipts: dict[str, Any] = json.load(answer)["receipts"]
    except HTTPError as error:
        raise click.ClickException(f"the intake refused: {error.read().decode()}") from error
    except URLError as error:
        detail = f"no intake at {url} ({error.reason}); start it with hub up"
        raise click.ClickException(detail) from error
    return "\n".join(f"{old} replayed with receipt {new}" for old, new in receipts.items())
