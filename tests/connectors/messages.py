"""Messages of one channel, decoded as the hub decodes them."""

from uuid import UUID

from connectors.contract import DecodeContext
from connectors.registry import load_connectors
from schemas.channel import Channel
from schemas.reports.fact import Decoded
from schemas.reports.raw import RawMessage, Transport
from tests.contract.samples import RECEIVED_AT

CONNECTORS = load_connectors()


def decode(channel: Channel, body: bytes, **headers: str) -> Decoded:
    """Return what a body becomes that was received at `RECEIVED_AT`."""
    raw = RawMessage(
        receipt_id=UUID(int=7),
        channel=channel,
        transport=Transport.FILE,
        received_at=RECEIVED_AT,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        body=body,
    )
    return CONNECTORS[channel].decode_batch([raw], DecodeContext())[0]
