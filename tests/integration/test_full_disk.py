"""Acknowledged rows stay readable when the disk fills up."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_a_disk_that_is_full_at_times_loses_no_row(tmp_path: Path) -> None:
    """Interrupted merges are repaired during inserts; some rows were accepted, some refused."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.integration.full_disk", str(tmp_path), "20"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])
    assert (summary["lost"], summary["lacking"]) == (0, 0)
    assert summary["taken"] > 0
    assert summary["refused"] > 0
