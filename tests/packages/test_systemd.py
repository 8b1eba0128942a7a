"""The units of deploy/systemd are valid, restricted, and run commands that exist."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from hub.settings import Settings

FOLDER = Path(__file__).parents[2] / "deploy" / "systemd"
UNITS = sorted(FOLDER.glob("*.service"))
HIGHEST_EXPOSURE = 2.0
"""Of ten, as `systemd-analyze security` counts: what the network and own files need remains."""
NOT_INSTALLED = "/opt/minqing-hub/bin/hub is not executable"
LANDLOCK = {"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"}

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


def analyze(*arguments: str) -> str:
    """Return what `systemd-analyze` prints, standard error included."""
    done = subprocess.run(
        ["systemd-analyze", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


def started(unit: Path, folder: Path) -> Path:
    """Return a copy of a unit; a template has the name of one of its processes."""
    copy = folder / unit.name.replace("@.", "@intake.")
    copy.write_text(unit.read_text(encoding="utf-8"), encoding="utf-8")
    return copy


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_the_unit_is_valid(unit: Path, tmp_path: Path) -> None:
    """Every key and value is known; only the program is not installed here."""
    copy = started(unit, tmp_path)
    faults = [line for line in analyze("verify", str(copy)).splitlines() if line]
    assert [fault for fault in faults if NOT_INSTALLED not in fault] == []


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_the_unit_is_restricted(unit: Path, tmp_path: Path) -> None:
    """The exposure stays low; a directive that somebody removes raises it."""
    copy = started(unit, tmp_path)
    report = analyze("security", "--offline=true", "--no-pager", str(copy))
    (level,) = re.findall(r"Overall exposure level for \S+ (\d+\.\d)", report)
    assert float(level) <= HIGHEST_EXPOSURE


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_the_engine_may_restrict_itself(unit: Path) -> None:
    """The filter of system calls lets Landlock through, and no new privileges are needed."""
    text = unit.read_text(encoding="utf-8")
    filters = re.findall(r"(?m)^SystemCallFilter=([^~].*)$", text)
    allowed = {call for calls in filters for call in calls.split()}
    assert allowed >= LANDLOCK
    assert "NoNewPrivileges=yes" in text
    assert "PrivateUsers=yes" not in text


def test_both_units_have_the_same_restrictions() -> None:
    """The unit of one process is the unit of all, with another command."""
    restrictions = []
    for unit in UNITS:
        _, _, tail = unit.read_text(encoding="utf-8").partition("UMask=0077\n")
        restrictions.append([line for line in tail.splitlines() if "=" in line and line[0] != "#"])
    assert restrictions[0] == restrictions[1]


def test_units_set_settings_that_exist() -> None:
    """A variable that no setting reads would be without effect."""
    known = {f"HUB_{name.upper()}" for name in Settings.model_fields}
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        assert set(re.findall(r"^Environment=.*?\b(HUB_\w+)=", text, re.M)) <= known
        assert "StateDirectory=minqing-hub" in text
        assert "HUB_DATA=/var/lib/minqing-hub" in text
