"""Fixtures of the tests of feedback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.feedback.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Return a world with an empty outbox."""
    world_under_test = World(tmp_path)
    yield world_under_test
    world_under_test.outbox.close()
