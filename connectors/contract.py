"""What a connector is: a name, a transport, one pure `decode` over a batch, one pure `encode`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from schemas.cases.case import Move
from schemas.cases.feedback import Feedback
from schemas.channel import Channel
from schemas.reports.fact import Contact, Decoded, Fact
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Fault, Reason


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on the unpacked size and the parts of one message, against decompression bombs."""

    unpacked_bytes: int = 64 * 1024 * 1024
    entries: int = 50_000


@dataclass(frozen=True, slots=True)
class Secrets:
    """Keys that a decoder itself needs (WeChat's encrypted mode): name to value."""

    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DecodeContext:
    """All inputs of a decoder except the bytes; with a recorded context a replay gives the same."""

    limits: Limits = Limits()
    secrets: Secrets = Secrets()


Decode = Callable[[RawMessage, DecodeContext], Decoded]
"""`decode(raw, context)`: pure, deterministic, may raise `FaultError` for the whole message."""


class RowMapping(Protocol):
    """A city's names for the columns of a table, for `Connector.decode_table`."""

    @property
    def columns(self) -> Mapping[str, str]:
        """The column of each field that is simply another column."""

    def row(self, cells: Mapping[str, Any], position: str) -> dict[str, Any]:
        """Return the cells of a row with the fields of the contract; raises `FaultError`."""


DecodeTable = Callable[[RawMessage, bytes, DecodeContext, RowMapping], Decoded]
"""`decode_table(raw, body, context, mapping)`: decodes a body that is a table, as `Decode` does."""


class Way(StrEnum):
    """How feedback leaves the hub."""

    HTTP = "http"
    """pushed to an address, signed as the channel signs to us"""
    WECHAT = "wechat"
    """customer message API of the public platform"""
    MAIL = "mail"
    FILE = "file"
    """a return file for many reports at once"""
    TABLE = "table"
    """a row in the channel's own database"""
    TOPIC = "topic"
    """the channel reads `feedback.v1` itself"""
    PULL = "pull"
    """the channel's system polls us for the status of its requests"""


@dataclass(frozen=True, slots=True)
class Reply:
    """The feedback for one report, with fields for its channel. `contact` is unsealed."""

    feedback: Feedback
    title: str = ""
    contact: Contact = field(default_factory=Contact)
    native: Mapping[str, Any] = field(default_factory=dict)
    link: str = ""
    """Public address where the report's progress is shown, empty where there is none."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message in a channel's own form.

    `path` is appended to the channel's address; `to` is a mail address; `ending` is that of a
    file's name.
    """

    body: bytes
    content_type: str = "application/json"
    path: str = ""
    to: str = ""
    ending: str = ""


class CannotTellError(ValueError):
    """The channel cannot deliver an answer to this report; the message names what is missing."""


Encode = Callable[[Sequence[Reply]], Outgoing]
"""Returns one message: for many replies by FILE, else for one. Raises `CannotTellError`."""


@dataclass(frozen=True, slots=True)
class ReplyForm:
    """How a channel receives feedback: the transport, the moves, the format."""

    way: Way
    encode: Encode
    moves: frozenset[Move] = frozenset(Move)


@dataclass(frozen=True, slots=True)
class Connector:
    """One channel: how its messages are decoded, and how its feedback is written."""

    channel: Channel
    transports: tuple[Transport, ...]
    decode: Decode
    reply: ReplyForm
    decode_table: DecodeTable | None = None
    """Reads tables with other columns; None: a mapping is for JSON only."""

    def decode_batch(self, raws: Sequence[RawMessage], context: DecodeContext) -> list[Decoded]:
        """Decode each message; no exception escapes: a failure is a fault of that message."""
        return [self._decode_message(raw, context) for raw in raws]

    def _decode_message(self, raw: RawMessage, context: DecodeContext) -> Decoded:
        try:
            return _with_damage(self.decode(raw, context))
        except FaultError as error:
            return Decoded(faults=(error.fault,))
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001 - the bytes must be kept, whatever failed
            # A panic of a library in Rust is no Exception (pyo3's PanicException).
            detail = f"{type(error).__name__}: {error}"
            return Decoded(faults=(Fault(reason=Reason.DECODER_FAULT, detail=detail),))


DAMAGED = "\ufffd"
"""U+FFFD replaces each character whose bytes arrived damaged."""
UNREAD = "unread"
"""Field of `native` with the reason, by name, for each optional value that could not be read."""


def _with_damage(decoded: Decoded) -> Decoded:
    """Return the facts; `native` has the number of damaged characters, if there are any."""
    return decoded.model_copy(update={"facts": tuple(map(_damage_noted, decoded.facts))})


def _damage_noted(fact: Fact) -> Fact:
    count = fact.model_dump_json().count(DAMAGED)
    # A reason quotes the value that stands beside it.
    count -= str(fact.native.get(UNREAD, "")).count(DAMAGED)
    if not count:
        return fact
    return fact.model_copy(update={"native": {**fact.native, "damaged_characters": count}})


class FaultError(Exception):
    """A decoder raises it for a part of a message that cannot become a fact."""

    def __init__(self, reason: Reason, detail: str, position: str = "") -> None:
        super().__init__(detail)
        self.fault = Fault(reason=reason, detail=detail, position=position)
