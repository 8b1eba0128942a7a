"""`hub rejected`: what could not become an event, and how to put it in again after a fix."""

import base64
import json
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from rich.console import Console
from rich.table import Column, Table

from hub.publish.rejected import read_message, read_rejected
from hub.runtime.errors import HubError
from hub.security.credentials import load_or_create_credentials
from hub.security.keyring import open_sealer
from hub.security.sealing import SealError
from hub.settings import Settings
from hub.store.reader import Reader, StoreAwayError
from schemas.reports.rejected import REASON_MEANINGS

LIST = (
    "SELECT toString(rejected_id) AS rejected_id, channel, reason, position, detail,"
    " toString(received_at) AS received_at,"
    " multiIf(mended, 'mended', replayed IS NOT NULL, 'replayed', '') AS since"
    " FROM rejections ORDER BY received_at DESC LIMIT {limit:UInt32}"
)


def list_rejected(settings: Settings, *, limit: int, as_json: bool) -> str:
    """Return the newest as a table or as JSON lines; raises `HubError`."""
    reader = Reader(settings)
    try:
        rows = reader.rows(LIST, {"limit": limit})
    except StoreAwayError as error:
        raise HubError(f"{error}; start it with hub up") from error
    finally:
        reader.close()
    if as_json:
        return "\n".join(json.dumps(row, ensure_ascii=False, default=str) for row in rows)
    table = Table(Column("id", no_wrap=True), "channel", "reason", "position", "detail", "received",
                  "since")  # fmt: skip
    names = ("rejected_id", "channel", "reason", "position", "detail", "received_at", "since")
    for row in rows:
        table.add_row(*(str(row[name]) for name in names))
    console = Console(width=160)
    with console.capture() as shown:
        console.print(table)
    return shown.get()


def show_rejected(settings: Settings, rejected_id: str, *, as_json: bool) -> str:
    """Return one with its reason, position and bytes; raises `HubError`."""
    reader = Reader(settings)
    try:
        found = read_rejected(reader, rejected_id)
        if found is None:
            raise HubError(f"no rejected message {rejected_id}; see hub rejected ls")
        sealer = open_sealer(settings)
        raw = read_message(reader, found, sealer)
    except (StoreAwayError, SealError) as error:
        raise HubError(str(error)) from error
    finally:
        reader.close()
    if as_json:
        told = found.model_dump(mode="json", exclude={"raw", "part"})
        return json.dumps(told | {"raw": raw.model_dump(mode="json")}, ensure_ascii=False)
    lines = [
        f"{found.channel}  {found.reason}: {REASON_MEANINGS[found.reason]}",
        f"detail    {found.detail}",
        f"position  {found.position or 'the whole message'}",
        f"received  {found.received_at.isoformat()} from {raw.source or 'unknown'}",
        f"type      {raw.content_type or 'not told'}, {len(raw.body)} bytes",
        "", _shown(sealer.open(str(found.receipt_id), found.part) if found.part else raw.body),
    ]  # fmt: skip
    return "\n".join(lines)


def _shown(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return base64.encodebytes(body).decode()


def replay_rejected(settings: Settings, rejected_ids: list[str]) -> str:
    """Ask the intake to take the raw bytes in once more; raises `HubError`."""
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
        raise HubError(f"the intake refused: {error.read().decode()}") from error
    except URLError as error:
        detail = f"no intake at {url} ({error.reason}); start it with hub up"
        raise HubError(detail) from error
    return "\n".join(f"{old} replayed with receipt {new}" for old, new in receipts.items())
