"""Licences 许可证 of all packages that run with the hub, and the list of allowed licences.

The licence is read from the metadata of the package: `License-Expression` (core metadata 2.4), else
the classifiers, else `License`.
"""

import re
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any

OURS = "minqing-hub"
NAME = re.compile(r"^[A-Za-z0-9._-]+")
ALLOWED = (
    "Apache",
    "MIT",
    "BSD",
    "ISC",
    "MPL",
    "Mozilla",
    "PSF",
    "Python Software Foundation",
    "Zlib",
    "CC0",
    "LGPL",
    "Lesser General Public",
    "HPND",
    "Unlicense",
    "Public Domain",
    "ZPL",
    "0BSD",
    "Repoze",
)
"""Parts of the names of licences that are allowed: no copyleft that would reach our own code."""


def runtime() -> list[str]:
    """Return the names of all packages that run with the hub, sorted."""
    packages: set[str] = set()
    todo = [OURS]
    while todo:
        name = _plain(todo.pop())
        if name in packages:
            continue
        try:
            needs = distribution(name).requires or []
        except PackageNotFoundError:
            # The package is for another system or Python version.
            continue
        packages.add(name)
        todo += _named(needs)
    return sorted(packages - {OURS})


def _named(needs: Iterable[str]) -> list[str]:
    """Return the names of the requirements that belong to no extra."""
    plain = (need for need in needs if "extra ==" not in need)
    return [match[0] for match in map(NAME.match, plain) if match]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def licence_of(name: str) -> str:
    """Return the licence in the metadata of an installed package, or an empty string."""
    metadata: Any = distribution(name).metadata
    expression = metadata.get("License-Expression") or ""
    lines = [line for line in metadata.get_all("Classifier") or () if line.startswith("License ::")]
    ends = [line.rpartition(" :: ")[2] for line in lines]
    classified = [end for end in ends if end != "OSI Approved"]
    free_text = (metadata.get("License") or "").strip().splitlines()
    return expression or ", ".join(classified) or (free_text[0] if free_text else "")


def licences() -> dict[str, str]:
    """Return package → licence of all packages that run with the hub."""
    return {name: licence_of(name) for name in runtime()}


def not_allowed(packages: dict[str, str]) -> list[str]:
    """Return a line about each package whose licence is not allowed; takes package → licence."""
    return [
        f"{name}: {licence or 'says nothing'}"
        for name, licence in packages.items()
        if not any(part in licence for part in ALLOWED)
    ]
