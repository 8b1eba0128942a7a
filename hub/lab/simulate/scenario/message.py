"""One delivery of the simulation: native bytes, how they travel, and the truth about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.channel import Channel
from schemas.reports.raw import Transport


@dataclass(frozen=True, slots=True)
class Message:
    """What one sender delivers at once.

    `parts` is how many things it tells, sound or rubbish; `truth` is native id and matter of each
    sound one, where the native id is known before it is delivered.
    """

    channel: Channel
    transport: Transport
    body: bytes
    parts: int
    truth: tuple[tuple[str, str], ...]
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
