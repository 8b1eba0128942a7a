"""Licences 许可证 of all that runs in the hub: listed, and held to those that a city may use.

From what the packages themselves say (core metadata 2.4 `License-Expression`, else `License`, else
the classifiers).
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
"""Parts of the names of licences under which a package is used as it is; no copyleft that would
reach our own code."""


def runtime() -> list[str]:
    """Return the names of all packages that run with the hub, in order."""
    found: set[str] = set()
    todo = [OURS]
    while todo:
        name = _plain(todo.pop())
        if name in found:
            continue
        try:
            needs = distribution(name).requires or []
        except PackageNotFoundError:
            # Of another system or Python.
            continue
        found.add(name)
        todo += _named(needs)
    return sorted(found - {OURS})


def _named(needs: Iterable[str]) -> list[str]:
    """Return what is needed without any extra."""
    plain = (need for need in needs if "extra ==" not in need)
    return [match[0] for match in map(NAME.match, plain) if match]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def licence_of(name: str) -> str:
    """Return what a package says of its licence, empty where nothing."""
    told: Any = distribution(name).metadata
    said = told.get("License-Expression") or ""
    lines = [line for line in told.get_all("Classifier") or () if line.startswith("License ::")]
    ends = [line.rpartition(" :: ")[2] for line in lines]
    classified = [end for end in ends if end != "OSI Approved"]
    free = (told.get("License") or "").strip().splitlines()
    return said or ", ".join(classified) or (free[0] if free else "")


def licences() -> dict[str, str]:
    """Return the licence of each package that runs with the hub."""
    return {name: licence_of(name) for name in runtime()}


def barred(found: dict[str, str]) -> list[str]:
    """Return the packages that may not be used, with what they say."""
    return [
        f"{name}: {told or 'says nothing'}"
        for name, told in found.items()
        if not any(part in told for part in ALLOWED)
    ]
