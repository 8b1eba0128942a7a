"""`hub rejected` 拒收: list and show rejected messages, and replay them after a fix."""

import base64
import json
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen
from uuid import UUID

from rich.table import Column, Table

from hub.admin.ask import open_reader, render_table
from hub.publish.rejected import read_message, read_rejected
from hub.runtime.errors import HubError
from hub.security.credentials import load_or_create_credentials
from hub.security.keyring import open_sealer
from hub.settings import Settings
from hub.settings.store import StoreSettings
from schemas.reports.rejected import REASON_MEANINGS

LIST = (
    "SELECT toString(rejected_id) AS rejected_id, channel, reason, position, detail,"
    " toString(received_at) AS received_at,"
    " multiIf(mended, 'mended', replayed IS NOT NULL, 'replayed', '') AS since"
    " FROM rejections ORDER BY received_at DESC LIMIT {limit:UInt32}"
)
HEADINGS = {
    "rejected_id": "id",
    "channel": "channel",
    "reason": "reason",
    "position": "position",
    "detail": "detail",
    "received_at": "received",
    "since": "since",
}
"""Headings of the table by column of `LIST`."""


def list_rejected(settings: StoreSettings, *, limit: int, as_json: bool) -> str:
    """Return the newest rejected messages as a table or as JSON lines; raises `HubError`."""
    with open_reader(settings) as reader:
        rows = reader.rows(LIST, {"limit": limit})
    if as_json:
        return "\n".join(json.dumps(row, ensure_ascii=False, default=str) for row in rows)
    table = Table(
        *(Column(heading, no_wrap=name == "rejected_id") for name, heading in HEADINGS.items())
    )
    for row in rows:
        table.add_row(*(str(row[name]) for name in HEADINGS))
    return render_table(table, width=160)


def show_rejected(settings: Settings, rejected_id: str, *, as_json: bool) -> str:
    """Return a rejected message with its reason, position and bytes; raises `HubError`."""
    known_id = str(_parse_id(rejected_id))
    with open_reader(settings) as reader:
        rejected = read_rejected(reader, known_id)
        if rejected is None:
            raise HubError(f"no rejected message {rejected_id}; see hub rejected ls")
        sealer = open_sealer(settings)
        raw = read_message(reader, rejected, sealer)
    if as_json:
        fields = rejected.model_dump(mode="json", exclude={"raw", "part"})
        return json.dumps(fields | {"raw": raw.model_dump(mode="json")}, ensure_ascii=False)
    # If the decoder could cut out the part that is at fault, only the part is shown.
    part = rejected.part
    body = sealer.open(str(rejected.receipt_id), part) if part else raw.body
    lines = [
        f"{rejected.channel}  {rejected.reason}: {REASON_MEANINGS[rejected.reason]}",
        f"detail    {rejected.detail}",
        f"position  {rejected.position or 'the whole message'}",
        f"received  {rejected.received_at.isoformat()} from {raw.source or 'unknown'}",
        f"type      {raw.content_type or 'not stated'}, {len(raw.body)} bytes",
        "",
        _readable(body),
    ]
    return "\n".join(lines)


def _parse_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        detail = f"{text} is no id of a rejected message; hub rejected ls shows them"
        raise HubError(detail) from error


def _readable(body: bytes) -> str:
    """Return the text of a body, in Base64 if it is not UTF-8."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return base64.encodebytes(body).decode()


def replay_rejected(settings: Settings, rejected_ids: list[str]) -> str:
    """Ask the intake to process the raw bytes again; raises `HubError`.

    Returns one line for each message, with the receipt of its replay.
    """
    known_ids = [str(_parse_id(rejected_id)) for rejected_id in rejected_ids]
    token = load_or_create_credentials(settings).value("admin", "token")
    url = f"http://{settings.host}:{settings.intake_port}/v1/admin/replay"
    request = Request(
        url,
        data=json.dumps({"rejected_ids": known_ids}).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urlopen(request, timeout=60) as response:  # noqa: S310
            receipts: dict[str, Any] = json.load(response)["receipts"]
    except HTTPError as error:
        raise HubError(f"the intake refused: {error.read().decode()}") from error
    except URLError as error:
        raise HubError(f"no intake at {url} ({error.reason}); start it with hub up") from error
    return "\n".join(f"{old} replayed with receipt {new}" for old, new in receipts.items())
