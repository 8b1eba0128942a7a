"""Three cities and the page over them, as processes: what leaves a city, and what does not."""

import subprocess
import sys
from pathlib import Path

import pytest

from hub.lab.province.towns import CITIES
from hub.province.kept import KeptFigures

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow, pytest.mark.timeout(900)]


def test_the_demo_reads_every_city(tmp_path: Path) -> None:
    """Each city publishes its own weeks, the page reads all of them, and every process ends."""
    command = [sys.executable, "-m", "hub.cli.main", "province", "demo", "--once"]
    done = subprocess.run(
        [*command, "--folder", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    totals = set()
    for city in CITIES:
        assert f"{city.name} {city.code}: http://127.0.0.1:" in done.stdout
        kept = KeptFigures(tmp_path / "province" / "city_figures").load(city.code)
        assert kept is not None
        totals.add(kept.figures.reports_by_district.total)
    assert len(totals) == len(CITIES)
