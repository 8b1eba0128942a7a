"""A minute of chaos on each plant; `make chaos` is the long form."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLEAN = "lost=0 duplicated=0 reordered=0 stuck=0 kills="


@pytest.mark.slow
@pytest.mark.parametrize(("plant", "seed"), [("machine", 2), ("services", 3)])
def test_a_minute_of_chaos_loses_and_doubles_nothing(plant: str, seed: int, tmp_path: Path) -> None:
    """The run ends with exit code 0 and a clean verdict, and it has killed some process."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.chaos",
            "--seed",
            str(seed),
            "--minutes",
            "1",
            "--on",
            plant,
            "--keep",
            str(tmp_path),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stdout.splitlines()[-1] if done.stdout else ""
    assert done.returncode == 0, f"{last}\n{done.stderr[-6000:]}"
    assert last.startswith(CLEAN)
    assert int(last.removeprefix(CLEAN)) > 0
