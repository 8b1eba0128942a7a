"""`hub simulate` against a hub that does not run."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.cli.main import cli
from tests.integration.parts import free_port


def test_a_hub_that_does_not_run_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command ends with a sentence that says what to do, without a traceback."""
    monkeypatch.setenv("HUB_DATA", str(tmp_path))
    for variable in ("HUB_INTAKE_PORT", "HUB_BROKER_PORT"):
        monkeypatch.setenv(variable, str(free_port()))
    result = CliRunner().invoke(cli, ["simulate", "--messages", "20"])
    assert result.exit_code == 1
    assert result.output.splitlines()[-1].startswith("Error: no ")
    assert result.output.endswith("; start it with hub up\n")
