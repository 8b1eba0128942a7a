"""A webhook message 回调报文: the body and the headers of Standard Webhooks 1.0. Pure."""

import base64
import hmac
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson

from hub.accounts.confidential import without_reporter_keys, without_text
from hub.notifications.webhooks.subscriptions import signing_key
from schemas.cases.case import CaseEvent

EVENT_PREFIX = "case."
"""The type of a message is this and the move, such as `case.assign`."""
TEST_TYPE = "test"
CONTENT_TYPE = "application/json"


def body_of(entry: CaseEvent) -> bytes:
    """Return the message of an entry, as JSON: `type`, `timestamp` and `data`, the entry.

    It is what a subscriber to the topic reads, without the keys that identify reporters. Of a
    confidential case 保密 it has no text.
    """
    return _body(f"{EVENT_PREFIX}{entry.move}", entry.at, _shown(entry).model_dump(mode="json"))


def test_body(at: datetime) -> bytes:
    """Return a message that is only a test."""
    return _body(TEST_TYPE, at, {})


def _body(event_type: str, at: datetime, data: dict[str, Any]) -> bytes:
    return orjson.dumps({"type": event_type, "timestamp": at.isoformat(), "data": data})


def _shown(entry: CaseEvent) -> CaseEvent:
    case = without_reporter_keys(entry.case)
    if not case.confidential:
        return entry.model_copy(update={"case": case})
    return entry.model_copy(update={"case": without_text(case), "reason": "", "data": {}})


def signed_headers(
    message_id: str, timestamp: int, body: bytes, secrets: Iterable[str]
) -> dict[str, str]:
    """Return the headers of a message that is sent at `timestamp` (epoch seconds).

    There is one signature for each secret, separated by spaces. Raises `ValueError` if a secret is
    invalid.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = (
        base64.b64encode(hmac.digest(signing_key(secret), signed, "sha256")).decode()
        for secret in secrets
    )
    return {
        "content-type": CONTENT_TYPE,
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
