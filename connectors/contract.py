"""What a connector is: a name, a transport, one pure `decode` over a batch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from schemas.channel import Channel
from schemas.fact import Decoded
from schemas.raw import RawMessage, Transport
from schemas.rejected import Fault, Reason


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what one message may unpack to, and on its parts; they hold against bombs."""

    unpacked_bytes: int = 64 * 1024 * 1024
    entries: int = 50_000


@dataclass(frozen=True, slots=True)
class Secrets:
    """Keys that a decoder itself needs (WeChat's encrypted mode): name to value."""

    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DecodeContext:
    """All that decoding depends on beside the bytes; a recorded one replays exactly."""

    limits: Limits = Limits()
    secrets: Secrets = Secrets()


Decode = Callable[[RawMessage, DecodeContext], Decoded]
"""`decode(raw, context)`: pure, deterministic, may raise `FaultError` for the whole message."""


@dataclass(frozen=True, slots=True)
class Connector:
    """One channel's way in."""

    channel: Channel
    transports: tuple[Transport, ...]
    decode: Decode

    def decode_batch(self, raws: Sequence[RawMessage], context: DecodeContext) -> list[Decoded]:
        """Decode each message; no exception escapes: a failure is a fault of that message."""
        return [self._decode_one(raw, context) for raw in raws]

    def _decode_one(self, raw: RawMessage, context: DecodeContext) -> Decoded:
        try:
            return self.decode(raw, context)
        except FaultError as error:
            return Decoded(faults=(error.fault,))
        except Exception as error:  # noqa: BLE001 - the bytes must be kept, whatever failed
            detail = f"{type(error).__name__}: {error}"
            return Decoded(faults=(Fault(reason=Reason.DECODER_FAULT, detail=detail),))


class FaultError(Exception):
    """Raised inside a decoder where the part at hand cannot become a fact."""

    def __init__(self, reason: Reason, detail: str, position: str = "") -> None:
        super().__init__(detail)
        self.fault = Fault(reason=reason, detail=detail, position=position)
