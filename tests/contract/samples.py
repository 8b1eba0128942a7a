"""The recorded samples: every file under `tests/samples/<channel>/` with its expected result."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from connectors.contract import DecodeContext, Secrets
from schemas.base import BEIJING
from schemas.reports.raw import RawMessage, Transport

ROOT = Path(__file__).parents[1] / "samples"
RECEIVED_AT = datetime(2026, 3, 3, 12, 0, tzinfo=BEIJING)
RECEIPT = UUID(int=7)


@dataclass(frozen=True, slots=True, repr=False)
class Sample:
    """One recorded message. `ids` is None where the decoder generates the id."""

    channel: str
    name: str
    raw: RawMessage
    context: DecodeContext
    ids: list[str] | None
    faults: Mapping[str, str] = field(default_factory=dict)
    duplicates: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.channel}/{self.name}"

    def __repr__(self) -> str:
        return f"{self} {self.raw.body[:2000]!r}"


def load_samples() -> list[Sample]:
    """Return all samples of all channels."""
    samples = []
    for index in sorted(ROOT.glob("*/samples.yaml")):
        listed: dict[str, dict[str, Any]] = yaml.safe_load(index.read_text(encoding="utf-8"))
        samples += [_sample(index.parent, name, meta) for name, meta in listed.items()]
    return samples


def _sample(folder: Path, name: str, meta: dict[str, Any]) -> Sample:
    raw = RawMessage(
        receipt_id=RECEIPT,
        channel=folder.name,
        transport=Transport(meta.get("transport", "http")),
        received_at=RECEIVED_AT,
        source=name,
        content_type=meta.get("content_type", ""),
        headers=meta.get("headers", {}),
        body=(folder / name).read_bytes(),
    )
    return Sample(
        channel=folder.name,
        name=name,
        raw=raw,
        context=DecodeContext(secrets=Secrets(meta.get("secrets", {}))),
        ids=meta.get("ids", []),
        faults=meta.get("faults", {}),
        duplicates=meta.get("duplicates", 0),
        skipped=meta.get("skipped", {}),
    )
