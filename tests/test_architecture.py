"""The pages on the architecture name only what exists, and every package."""

import re
from pathlib import Path

import pytest

from hub.lab.docs.glossary.page import resolve

ROOT = Path(__file__).parents[1]
PAGES = {
    name: (ROOT / "docs" / name).read_text(encoding="utf-8")
    for name in ("architecture.md", "zh/architecture.md")
}
IDENTIFIER = re.compile(r"`((?:hub|streams|schemas|connectors)\.[\w.]+)`")
IDENTIFIERS = {name: IDENTIFIER.findall(page) for name, page in PAGES.items()}


@pytest.mark.parametrize("identifier", sorted(set().union(*IDENTIFIERS.values())))
def test_an_identifier_exists(identifier: str) -> None:
    """If a function, class or method is renamed, both pages must name the new identifier."""
    assert resolve(identifier) is not None


def test_the_walks_name_functions() -> None:
    """The page names enough identifiers for the check above to be useful."""
    assert len(set(IDENTIFIERS["architecture.md"])) > 80


@pytest.mark.parametrize("name", PAGES)
def test_every_package_is_on_the_page(name: str) -> None:
    """A new package under hub/ gets a sentence in both languages."""
    packages = {path.parent.name for path in ROOT.glob("hub/*/__init__.py")}
    assert {package for package in packages if f"`hub/{package}`" not in PAGES[name]} == set()


def test_both_pages_name_the_same() -> None:
    """The Chinese page names the same identifiers as the English one, as often."""
    assert sorted(IDENTIFIERS["zh/architecture.md"]) == sorted(IDENTIFIERS["architecture.md"])
