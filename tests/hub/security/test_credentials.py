"""The channels' credentials on the command line."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.cli.main import cli
from hub.security.credentials import load_or_create_credentials
from hub.settings import Settings
from schemas.channel import Channel


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return settings with an empty data folder, which the command line uses too."""
    monkeypatch.setenv("HUB_DATA", str(tmp_path))
    monkeypatch.delenv("HUB_SECRETS_FILE", raising=False)
    return Settings()


def test_without_a_file_the_list_is_refused_with_a_sentence(settings: Settings) -> None:
    """It names the path and the remedy; nothing is created."""
    result = CliRunner().invoke(cli, ["credentials", "ls"])
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    path = settings.data / "secrets.yaml"
    assert f"Error: there is no credentials file {path}: " in result.output
    assert "hub up or hub intake creates it" in result.output
    assert not path.exists()


def test_the_list_has_counts_and_no_values(settings: Settings) -> None:
    """One line for each credential: channel, name, number of accepted values."""
    credentials = load_or_create_credentials(settings)
    result = CliRunner().invoke(cli, ["credentials", "ls"])
    assert result.exit_code == 0
    assert f"{Channel.HOTLINE_12345}\tsecret\t1\n" in result.output
    assert credentials.value(Channel.HOTLINE_12345, "secret") not in result.output


MALFORMED = (
    *("hush", "[hush]", "{", "hotline_12345: hush"),
    *("open311: {api_key: 5}", "a: {b: [1]}", "a: \x07"),
)


@pytest.mark.parametrize("text", MALFORMED)
def test_a_malformed_file_is_shown_as_a_sentence(settings: Settings, text: str) -> None:
    """It names the file and never quotes it."""
    path = settings.data / "secrets.yaml"
    path.write_text(text)
    for words in (["channel", "list"], ["credentials", "ls"]):
        result = CliRunner().invoke(cli, words)
        assert result.exit_code == 1
        assert f"Error: {path}" in result.output
        assert "put back a copy" in result.output
        assert "hush" not in result.output
