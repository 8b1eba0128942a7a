"""What was written by an earlier version is read by this one.

`recorded/<body>.v<version>.json` are bodies as they were once sent. They are never written anew: a
change that does not read them needs another topic.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.base import SCHEMA_VERSION
from schemas.export import bodies

RECORDED = Path(__file__).parent / "recorded"
BODIES = {model.__name__: model for model in bodies()}


def kept(written: Any, again: Any) -> Any:
    """Return of `again` what `written` has too, at every depth: a version may add fields."""
    if isinstance(written, dict):
        return {name: kept(value, again[name]) for name, value in written.items()}
    if isinstance(written, list) and len(written) == len(again):
        return [kept(one, other) for one, other in zip(written, again, strict=True)]
    return again


@pytest.mark.parametrize("path", sorted(RECORDED.iterdir()), ids=lambda path: path.name)
def test_a_recorded_body_is_read_without_loss(path: Path) -> None:
    """Every field that was written is there again, with its value."""
    written = json.loads(path.read_text(encoding="utf-8"))
    body = BODIES[path.name.partition(".")[0]].model_validate_json(path.read_bytes())
    again = json.loads(body.model_dump_json())
    assert kept(written, again) == written


@pytest.mark.parametrize("name", BODIES)
def test_every_body_of_this_version_is_recorded(name: str) -> None:
    """A new body, or a new version, comes with its sample."""
    assert (RECORDED / f"{name}.v{SCHEMA_VERSION}.json").exists()
