"""Cheap password hashes: these tests check who may log in, not how long guessing takes."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from hub.accounts import staff


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(staff, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    staff._dummy_hash.cache_clear()
    yield
    staff._dummy_hash.cache_clear()
