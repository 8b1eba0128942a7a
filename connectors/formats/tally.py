"""The tally 清点: every part of a message ends as a fact, a fault, a duplicate or a named skip."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from connectors.contract import FaultError, Limits
from schemas.reports.fact import Decoded, Fact
from schemas.reports.rejected import Fault, Reason


class Tally:
    """Collects the facts and faults of one message, part by part, up to the limit of parts."""

    def __init__(self, limits: Limits) -> None:
        self._most = limits.entries
        self._parts = 0
        self._facts: dict[tuple[str, str], Fact] = {}
        self._faults: list[Fault] = []
        self._duplicates = 0
        self._skipped: Counter[str] = Counter()

    @contextmanager
    def part(self, position: str, content: bytes | None = None) -> Iterator[None]:
        """Decode one part: an error inside is a fault of this part only.

        `content` is the bytes of the part, which the fault keeps; None if it has none. Raises
        `FaultError` too_large for the whole message if it has too many parts.
        """
        self._parts += 1
        if self._parts > self._most:
            raise FaultError(Reason.TOO_LARGE, f"more than {self._most} parts", position)
        try:
            yield
        except FaultError as error:
            where = error.fault.position or position
            self._faults.append(error.fault.model_copy(update={"position": where, "part": content}))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"]))
            self._fault(Reason.BAD_VALUE, f"{field}: {first['msg']}", position, content)
        except Exception as error:  # noqa: BLE001 - the other parts must be decoded
            detail = f"{type(error).__name__}: {error}"
            self._fault(Reason.DECODER_FAULT, detail, position, content)

    def _fault(self, reason: Reason, detail: str, position: str, part: bytes | None) -> None:
        self._faults.append(Fault(reason=reason, detail=detail, position=position, part=part))

    def add(self, fact: Fact) -> None:
        """Add a fact. An equal one is a duplicate; a different one with the same id is a fault."""
        known = self._facts.setdefault((fact.native_id, fact.revision), fact)
        if known is fact:
            return
        if known == fact:
            self._duplicates += 1
            return
        detail = f"{fact.native_id} revision {fact.revision} occurs twice with different content"
        raise FaultError(Reason.BAD_VALUE, detail)

    def skip(self, kind: str) -> None:
        """Count a part that carries no report by the channel's contract."""
        self._skipped[kind] += 1

    @property
    def empty(self) -> bool:
        """Whether no part was found yet."""
        return not (self._facts or self._faults or self._skipped)

    def decoded(self) -> Decoded:
        """Return all that was collected; raises `FaultError` no_content if there was no part."""
        if self.empty:
            raise FaultError(Reason.NO_CONTENT, "nothing in it")
        return Decoded(
            facts=tuple(self._facts.values()),
            faults=tuple(self._faults),
            duplicates=self._duplicates,
            skipped=dict(sorted(self._skipped.items())),
        )
