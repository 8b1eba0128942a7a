"""The page on the architecture names only what exists, and every package."""

import re
from pathlib import Path

import pytest

from hub.lab.docs.glossary import resolve

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
IDENTIFIERS = sorted(set(re.findall(r"`((?:hub|streams|schemas|connectors)\.[\w.]+)`", PAGE)))


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_an_identifier_exists(identifier: str) -> None:
    """A function or class that was renamed is renamed on the page too."""
    assert resolve(identifier) is not None


def test_the_walks_name_functions() -> None:
    """The page names enough identifiers that the check above is worth something."""
    assert len(IDENTIFIERS) > 40


def test_every_package_stands_on_the_page() -> None:
    """A new package under hub/ gets a sentence."""
    packages = {path.parent.name for path in ROOT.glob("hub/*/__init__.py")}
    assert {name for name in packages if f"hub/{name}" not in PAGE} == set()
