"""What came out of a case 结果: facts or events, faults, skips, and the answer of the intake."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.contract import DecodeContext, Secrets
from connectors.registry import load_connectors
from schemas.reports.fact import Decoded
from schemas.reports.raw import RawMessage
from tests.field.case import FieldCase

CONNECTORS = load_connectors()


@dataclass(slots=True)
class Result:
    """All that can be expected of a case; a sender fills what it has."""

    facts: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """`reason position detail` of each fault or rejection."""
    reasons: list[str] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    """Exceptions that ended a round of a collector."""
    kept: int = 0
    """Messages in the journal."""
    keys: list[str] = field(default_factory=list)
    """Keys of the reporters, in the order of the orders."""
    status: int = 0
    answer: str = ""

    def add_fault(self, reason: object, position: str, detail: str) -> None:
        """Add a fault or a rejection."""
        self.reasons.append(str(reason))
        self.faults.append(f"{reason} {position} {detail}")

    def add(self, decoded: Iterable[Decoded]) -> None:
        """Add what a connector decoded."""
        for part in decoded:
            self.facts += [fact.model_dump(mode="json") for fact in part.facts]
            self.skipped |= dict(part.skipped)
            for fault in part.faults:
                self.add_fault(fault.reason, fault.position, fault.detail)


def decoded(case: FieldCase, raws: Sequence[RawMessage]) -> Result:
    """Return what the channel's connector makes of messages."""
    result = Result()
    context = DecodeContext(secrets=Secrets(case.secrets))
    result.add(CONNECTORS[case.channel].decode_batch(raws, context))
    return result
