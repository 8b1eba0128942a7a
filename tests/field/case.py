"""Cases from the field 实际来件: inputs of kinds that people reported in public, and their results.

A case is a folder of `inputs/` with `case.yaml` and its input files:

- `kind`, `source`: what goes wrong, and where somebody reported it
- `channel`, `transport`, `content_type`, `headers`, `secrets`: how the message arrives
- `how`: the sender of `replay.SENDERS` that replays it
- `inputs`: the names of the files, in the order in which they are sent
- `expect`: the result, as `expectation.differences` reads it
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from schemas.reports.raw import Transport

ROOT = Path(__file__).parent / "inputs"


@dataclass(frozen=True, slots=True)
class FieldCase:
    """One case; `files` has the bytes of its inputs by name, in order."""

    name: str
    channel: str
    how: str
    files: Mapping[str, bytes]
    expect: Mapping[str, Any]
    transport: Transport = Transport.HTTP
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    @property
    def body(self) -> bytes:
        """The bytes of the first input."""
        return next(iter(self.files.values()))


def load_cases() -> list[FieldCase]:
    """Return all cases, by name."""
    return [_load(path.parent) for path in sorted(ROOT.glob("*/case.yaml"))]


def _load(folder: Path) -> FieldCase:
    source = (folder / "case.yaml").read_text(encoding="utf-8")
    # The parser in C: every worker of the test run reads all cases.
    written: dict[str, Any] = yaml.load(source, yaml.CSafeLoader)
    return FieldCase(
        name=folder.name,
        channel=written["channel"],
        how=written["how"],
        files={name: (folder / name).read_bytes() for name in written["inputs"]},
        expect=written["expect"],
        transport=Transport(written.get("transport", "http")),
        content_type=written.get("content_type", ""),
        headers=written.get("headers", {}),
        secrets=written.get("secrets", {}),
    )
