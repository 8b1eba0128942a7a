"""Documents are current and whole: made ones equal their catalogue, each channel has its page."""

import re
import tomllib
from pathlib import Path

import pytest

from connectors.registry import load_connectors
from hub.export_docs import LICENCES, documents
from hub.licences import barred, licences
from schemas.channel import CHANNEL_NAMES, Channel

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


@pytest.mark.parametrize("name", documents())
def test_a_made_document_is_current(name: str) -> None:
    """Run `make docs` after a model or a catalogue has changed."""
    assert (DOCS / name).read_text(encoding="utf-8") == documents()[name]


@pytest.mark.parametrize("channel", Channel)
def test_a_channel_has_its_contract_in_writing(channel: Channel) -> None:
    """Its page names it, its transports, and says how our fields come of its own."""
    page = (DOCS / "channels" / f"{channel}.md").read_text(encoding="utf-8")
    assert CHANNEL_NAMES[channel] in page
    for transport in load_connectors()[channel].transports:
        assert transport in page.lower()
    assert "| native |" in page


def test_every_dependency_has_its_reason() -> None:
    """No package without a line in the decision on dependencies."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[>=<\[;]", line)[0] for line in wanted}
    told = (DOCS / "decisions" / "0001-dependencies.md").read_text(encoding="utf-8")
    assert {name for name in names if f"`{name}`" not in told} == set()


def test_links_between_documents_lead_somewhere() -> None:
    """Every relative link of README and docs names a file that is there."""
    pages = [*ROOT.glob("README*.md"), *DOCS.rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
        if "://" not in link and not (page.parent / link).exists()
    ]
    assert broken == []


def test_every_package_has_a_licence_that_a_city_may_use() -> None:
    """And stands in the list, whatever system this is."""
    found = licences()
    assert len(found) > 50
    assert barred(found) == []
    page = (DOCS / LICENCES).read_text(encoding="utf-8")
    assert [name for name in found if f"| {name} |" not in page] == []


def test_a_licence_that_binds_our_own_code_is_found() -> None:
    """Neither copyleft nor silence passes."""
    told = {"a": "GNU General Public License v3", "b": "", "c": "AGPL-3.0-only", "d": "MIT"}
    assert [line[0] for line in barred(told)] == ["a", "b", "c"]
