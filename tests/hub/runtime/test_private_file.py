"""Files of secrets: whole or not there, made once, their owner's only."""

import os
import stat
from pathlib import Path

import pytest

from hub.runtime.private_file import create_private, write_private


def test_a_file_is_made_once(tmp_path: Path) -> None:
    """The second one to make it finds the first one's, and nothing else is left."""
    path = tmp_path / "new" / "seal.key"
    assert create_private(path, "first")
    assert not create_private(path, "second")
    assert path.read_text() == "first"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["seal.key"]


def test_two_that_make_it_at_once_have_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever was slower takes what is there."""
    path = tmp_path / "seal.key"
    monkeypatch.setattr(Path, "exists", lambda _: False)
    assert create_private(path, "first")
    assert not create_private(path, "second")
    assert path.read_text() == "first"
    assert [one.name for one in tmp_path.iterdir()] == ["seal.key"]


def test_who_is_killed_on_the_way_leaves_no_half_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty file of credentials would let nobody in for ever."""
    path = tmp_path / "secrets.yaml"

    def killed(_: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(os, "fsync", killed)
        with pytest.raises(KeyboardInterrupt):
            create_private(path, "all of it")
        assert not path.exists()
    write_private(path, "all of it")
    write_private(path, "another")
    assert path.read_text() == "another"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
