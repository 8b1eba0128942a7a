"""The guide for a city of one's own: its files are written and its commands run, as a reader does.

A code block with a title is the file of that name. The commands of blocks `sh` are run in
order; those with a title need a running hub and are left out.
"""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hub.accounts.staff import load_staff
from hub.cli.main import cli
from hub.feedback.addresses import load_addresses
from hub.security.credentials import load_or_create_credentials
from hub.settings import Settings

DOCS = Path(__file__).parents[1] / "docs"
PAGES = ("your-own-city.md", "zh/your-own-city.md")
BLOCK = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.M | re.S)


def blocks(page: str) -> list[tuple[str, str, str]]:
    """Return language, name of the file, and text of each code block of a page."""
    return BLOCK.findall((DOCS / page).read_text("utf-8"))


def run(line: str) -> Result:
    """Run one command of the guide; variables before it are set for it only."""
    words = shlex.split(line, comments=True)
    variables = {}
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        variables[name] = value
    assert words.pop(0) == "hub"
    return CliRunner().invoke(cli, words, env=variables)


@pytest.mark.parametrize("page", PAGES)
def test_the_guide_leads_to_a_city(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command ends well, in the order of the page, and has the effect that it describes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUB_DATA", str(tmp_path / "var"))
    outputs = []
    for language, name, text in blocks(page):
        if language != "sh":
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            continue
        for line in text.splitlines() if not name else ():
            result = run(line)
            assert result.exit_code == 0, (line, result.output)
            outputs.append(result.output)
    shown = "\n".join(outputs)
    assert "3 rows: 3 read, 0 rejected" in shown
    assert "QS-CG 清水县城市管理执法局" in shown
    assert "/v1/intake/hotline_12345" in shown
    settings = Settings(data=tmp_path / "var")
    assert set(load_staff(settings)) == {"王主任", "李局长"}
    assert load_or_create_credentials(settings).value("hotline_12345", "secret") in shown
    assert "hotline_12345" in load_addresses(settings)
    assert (tmp_path / "passwords.csv").stat().st_mode & 0o077 == 0
    assert len((tmp_path / "result.csv").read_text("utf-8-sig").splitlines()) == 4


def test_both_languages_have_the_same_commands() -> None:
    """A change of one page is made in the other."""
    english, chinese = map(blocks, PAGES)
    assert english == chinese
