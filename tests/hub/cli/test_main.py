"""The command line: its table of contents, its imports, and how it shows errors."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from hub.cli.groups import LazyCommand
from hub.cli.main import SECTIONS, cli
from hub.runtime.errors import HubError

COMMANDS = [command for commands in SECTIONS.values() for command in commands]


@pytest.mark.parametrize("command", COMMANDS, ids=[command.name for command in COMMANDS])
def test_the_table_of_contents_quotes_each_command(command: LazyCommand) -> None:
    """The line in `hub --help` is the first paragraph of the command's own help."""
    loaded = cli.get_command(click.Context(cli), command.name)
    assert loaded is not None
    assert loaded.help is not None
    assert loaded.help.split("\n\n")[0] == command.help


def test_an_unknown_command_is_refused() -> None:
    """The message names the word, and the exit code is 2."""
    result = CliRunner().invoke(cli, ["ups"])
    assert result.exit_code == 2
    assert "No such command 'ups'" in result.output


def packages_after(statement: str) -> set[str]:
    """Return the top-level packages that a new Python process has imported after a statement."""
    code = f"{statement}\nimport sys\nprint(*sys.modules, sep=',')"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in run.stdout.splitlines()[-1].split(",")}


def test_help_imports_no_heavy_library() -> None:
    """`hub --help` imports neither the store, nor the streams, nor even the settings."""
    heavy = {"chdb", "faust", "kafka", "aiohttp", "pydantic", "clickhouse_connect", "rich"}
    packages = packages_after(
        "from hub.cli.main import cli; cli(['--help'], standalone_mode=False)"
    )
    assert "click" in packages
    assert not packages & heavy


def test_a_group_imports_neither_faust_nor_chdb() -> None:
    """Only the processes, and `hub replay`, load the stream library or the embedded store."""
    modules = sorted({command.module for command in COMMANDS} - {"replay"})
    imports = ", ".join(f"hub.cli.{module}" for module in modules)
    assert not packages_after(f"import {imports}") & {"chdb", "faust"}


def test_an_error_of_the_hub_is_shown_as_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A `HubError` ends the command with exit code 1 and its sentence, without a traceback."""

    def refuse(*_: object, **__: object) -> None:
        raise HubError("no store; start it with hub up")

    monkeypatch.setattr("hub.cli.reports.run_query", refuse)
    result = CliRunner().invoke(cli, ["query", "SELECT 1"])
    assert result.exit_code == 1
    assert result.output == "Error: no store; start it with hub up\n"


def test_an_error_about_a_path_is_shown_as_a_sentence(tmp_path: Path) -> None:
    """It has the path, what is wrong and what to do; the exit code is 1."""
    file = tmp_path / "file"
    file.write_text("1\n")
    below = CliRunner().invoke(cli, ["init", str(file / "below")])
    assert below.exit_code == 1
    assert f"Error: {file}" in below.output
    assert "not a folder" in below.output
    data = {"HUB_DATA": str(file)}
    added = CliRunner().invoke(cli, ["channel", "add", "hotline_12345"], env=data)
    assert added.exit_code == 1
    assert f"Error: {file}: it is there already, or is a file and not a folder" in added.output


def test_the_table_of_a_preview_is_no_folder(tmp_path: Path) -> None:
    """The sentence names the folder."""
    export = tmp_path / "export.csv"
    export.write_text("workOrderNo,content\nA-1,路灯不亮\n", "utf-8")
    words = ["preview", str(export), "--channel", "hotline_12345", "--csv", str(tmp_path)]
    result = CliRunner().invoke(cli, words, env={"HUB_DATA": str(tmp_path / "data")})
    assert result.exit_code == 1
    assert f"Error: {tmp_path} is there already; name a new file" in result.output


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (OSError(28, "No space left on device"), "Error: the disk is full; free some space\n"),
        (OSError(111, "Connection refused"), ""),
    ],
)
def test_only_an_error_without_a_path_keeps_its_traceback(
    monkeypatch: pytest.MonkeyPatch, error: OSError, shown: str
) -> None:
    """It may be a defect; a full disk is none."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("hub.cli.reports.run_query", fail)
    result = CliRunner().invoke(cli, ["query", "SELECT 1"])
    assert result.exit_code == 1
    assert result.output == shown
    assert (result.exception is error) == (not shown)
