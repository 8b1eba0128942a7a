"""Files with secrets: complete or absent, created once, readable by their owner only."""

import os
import stat
from pathlib import Path

import pytest

from hub.runtime.private_file import create_private, write_private


def test_a_file_is_created_once(tmp_path: Path) -> None:
    """A second attempt keeps the first text, and no other file is left."""
    path = tmp_path / "new" / "seal.key"
    assert create_private(path, "first")
    assert not create_private(path, "second")
    assert path.read_text() == "first"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["seal.key"]


def test_two_processes_at_once_share_the_first_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slower process keeps the file of the faster."""
    path = tmp_path / "seal.key"
    monkeypatch.setattr(Path, "exists", lambda _: False)
    assert create_private(path, "first")
    assert not create_private(path, "second")
    assert path.read_text() == "first"
    assert [file.name for file in tmp_path.iterdir()] == ["seal.key"]


def test_a_killed_process_leaves_no_partial_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A partial file of credentials would lock out every channel for ever."""
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
