"""`hub province`: tokens of a city, and one reading of the list."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner

from hub.cli.main import cli
from hub.province.readers import load_readers, reader_of
from hub.settings import Settings


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Use a data folder and a port of its own; the log goes to the terminal again after it."""
    monkeypatch.setenv("HUB_DATA", str(tmp_path))
    monkeypatch.setenv("HUB_PROVINCE_PORT", "0")
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def test_a_token_is_printed_once_and_works(tmp_path: Path) -> None:
    """The list has names only; after the removal nobody has the token."""
    added = CliRunner().invoke(cli, ["province", "tokens", "add", "省"])
    token = added.output.strip()
    known = reader_of(load_readers(Settings(data=tmp_path)), token)
    assert known is not None
    assert CliRunner().invoke(cli, ["province", "tokens", "ls"]).output == "省\n"
    assert CliRunner().invoke(cli, ["province", "tokens", "remove", "省"]).exit_code == 0
    assert load_readers(Settings(data=tmp_path)) == ()


def test_a_check_names_each_city_and_its_fault(tmp_path: Path) -> None:
    """A city without its token file fails the check; exit code 1."""
    text = "code,name,address,token_file\n427199,青溪县,https://a.example,absent\n"
    (tmp_path / "cities.csv").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(cli, ["province", "check"])
    assert result.exit_code == 1
    assert result.output.startswith("427199\t青溪县\ttoken_file: ")


def test_without_a_list_the_page_does_not_start() -> None:
    """One sentence says where the list is expected, and what it has."""
    result = CliRunner().invoke(cli, ["province", "run"])
    assert result.exit_code == 1
    assert "cities.csv cannot be read" in result.output
    assert "Traceback" not in result.output
