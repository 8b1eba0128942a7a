"""This version reads the bodies that an earlier version wrote.

`recorded/<body>.v<version>.json` are bodies as they were sent. Never change them: a schema that
cannot read them needs a new topic.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.base import SCHEMA_VERSION
from schemas.export import bodies

RECORDED = Path(__file__).parent / "recorded"
BODIES = {model.__name__: model for model in bodies()}


def common_fields(written: Any, again: Any) -> Any:
    """Return the fields of `again` that `written` has, at every depth: a version may add fields."""
    if isinstance(written, dict):
        return {name: common_fields(value, again[name]) for name, value in written.items()}
    if isinstance(written, list) and len(written) == len(again):
        return [common_fields(old, new) for old, new in zip(written, again, strict=True)]
    return again


@pytest.mark.parametrize("path", sorted(RECORDED.iterdir()), ids=lambda path: path.name)
def test_a_recorded_body_is_read_without_loss(path: Path) -> None:
    """Every field that was written is read, with its value."""
    written = json.loads(path.read_text(encoding="utf-8"))
    body = BODIES[path.name.partition(".")[0]].model_validate_json(path.read_bytes())
    again = json.loads(body.model_dump_json())
    assert common_fields(written, again) == written


@pytest.mark.parametrize("name", BODIES)
def test_every_body_of_this_version_is_recorded(name: str) -> None:
    """Each body has a recorded sample of the current version."""
    assert (RECORDED / f"{name}.v{SCHEMA_VERSION}.json").exists()
