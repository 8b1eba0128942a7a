"""Data of each released version is restored and opened by the version of today."""

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from hub.backup.restore import restore_backup
from hub.settings import Settings

RELEASED = sorted((Path(__file__).parent / "released").glob("*.tar.gz"))


@pytest.mark.slow
@pytest.mark.parametrize("archive", RELEASED, ids=lambda path: path.name.removesuffix(".tar.gz"))
def test_a_backup_of_a_released_version_is_opened(archive: Path, tmp_path: Path) -> None:
    """Its cases are read as cases, its messages are opened with its keys, and all are settled."""
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    version = archive.name.removesuffix(".tar.gz")
    manifest, _ = restore_backup(Settings(data=tmp_path / "data"), tmp_path / version)
    assert manifest.hub == version
    result = subprocess.run(
        [sys.executable, "-m", "tests.hub.backup.opened", str(tmp_path / "data")],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    counts = json.loads(result.stdout)
    assert counts["cases"] > 0
    assert counts["messages"] == counts["settled"] > 0


def test_there_is_data_of_a_released_version() -> None:
    """The test above has something to open."""
    assert RELEASED
