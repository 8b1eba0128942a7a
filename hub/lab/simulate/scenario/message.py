"""One simulated delivery: bytes in the channel's native format, transport, and the truth."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.channel import Channel
from schemas.reports.raw import Transport


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery of one sender.

    `parts` counts its submissions, valid or invalid. `truth` is the native id and the matter of
    each valid submission whose native id is known before the delivery.
    """

    channel: Channel
    transport: Transport
    body: bytes
    parts: int
    truth: tuple[tuple[str, str], ...]
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
