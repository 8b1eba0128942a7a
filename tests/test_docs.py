"""Documents are current and complete: generated ones equal their catalogue."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.registry import load_connectors
from hub.accounts.audit import AuditAction
from hub.lab.docs.export import LICENCES, documents
from hub.lab.docs.licences import licences, not_allowed
from hub.settings import Settings
from schemas.channel import CHANNEL_NAMES, Channel

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


@pytest.mark.parametrize("name", documents())
def test_a_generated_document_is_current(name: str) -> None:
    """Run `make docs` after a model or a catalogue has changed."""
    assert (DOCS / name).read_text(encoding="utf-8") == documents()[name]


@pytest.mark.parametrize("channel", Channel)
def test_a_channel_has_its_contract_page(channel: Channel) -> None:
    """The page names the channel, its transports, and how the hub's fields derive from its own."""
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
    text = (DOCS / "decisions" / "0001-dependencies.md").read_text(encoding="utf-8")
    assert {name for name in names if f"`{name}`" not in text} == set()


def _named(pattern: str) -> Iterator[tuple[str, str]]:
    """Yield the names on the pages, each with its page."""
    for page in (*ROOT.glob("README*.md"), *DOCS.rglob("*.md")):
        for name in re.findall(pattern, page.read_text(encoding="utf-8")):
            yield str(page.relative_to(ROOT)), name


def test_links_between_documents_resolve() -> None:
    """Every relative link of README and docs names an existing file."""
    broken = [
        f"{page}: {link}"
        for page, link in _named(r"\]\(([^)#]+)\)")
        if "://" not in link and not ((ROOT / page).parent / link).exists()
    ]
    assert broken == []


def test_settings_that_pages_name_exist() -> None:
    """Pages name only settings that exist: an unknown setting would be ignored silently."""
    known = {f"HUB_{name.upper()}" for name in Settings.model_fields}
    named = list(_named(r"(HUB_[A-Z0-9_]+)(?![A-Z0-9_*])"))
    assert len(named) > 50
    assert [reference for reference in named if reference[1] not in known] == []


def test_files_and_targets_that_pages_name_exist() -> None:
    """Each named file exists, and `make` has each named target."""
    files = list(_named(r"`((?:hub|connectors|schemas|streams|tests|docs)/[\w/.-]+\.\w+)`"))
    assert len(files) > 50
    assert [reference for reference in files if not (ROOT / reference[1]).exists()] == []
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
    assert [
        reference for reference in _named(r"`make ([a-z-]+)") if reference[1] not in targets
    ] == []


def test_every_package_has_a_licence_that_a_city_may_use() -> None:
    """Every package has an accepted licence and is in the list, on every system."""
    packages = licences()
    assert len(packages) > 50
    assert not_allowed(packages) == []
    page = (DOCS / LICENCES).read_text(encoding="utf-8")
    assert [name for name in packages if f"| {name} |" not in page] == []


def test_a_licence_that_binds_our_own_code_is_refused() -> None:
    """Copyleft and missing licences are refused."""
    licences_by_name = {
        "a": "GNU General Public License v3",
        "b": "",
        "c": "AGPL-3.0-only",
        "d": "MIT",
    }
    assert [line[0] for line in not_allowed(licences_by_name)] == ["a", "b", "c"]


@pytest.mark.parametrize("page", ["overview.md", "zh/overview.md"])
def test_every_action_of_the_audit_is_documented(page: str) -> None:
    """Auditors read the table with the page beside it."""
    text = (DOCS / page).read_text(encoding="utf-8")
    assert [what.value for what in AuditAction if f"`{what}`" not in text] == []
