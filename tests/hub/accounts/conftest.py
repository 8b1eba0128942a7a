"""Cheap hashes: these tests are about who is let in, not about how long guessing takes."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from hub.accounts import staff


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(staff, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    staff._nobody.cache_clear()
    yield
    staff._nobody.cache_clear()
