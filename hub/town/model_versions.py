"""Versions of the learnt models 模型版本: which one is in use, and the one before it.

`HUB_DATA/models` has a folder for each version that `hub learn train` has made, and the file
`in_use.json`, which names the version in use. Without that file, or where it names no version, the
models of `HUB_MODELS` are in use. The file is replaced as a whole, after the folder that it names
is complete, so a process never reads half of a version.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from hub.runtime.errors import HubError
from hub.runtime.paths import DataPaths
from hub.runtime.private_file import locked, write_private
from hub.settings.town import TownSettings

SHIPPED = "shipped"
"""Name of the models of `HUB_MODELS`, as they were shipped."""
MOST_KEPT = 20
"""Earlier versions that `in_use.json` remembers for the way back."""
VERSION_NAME = re.compile(r"[0-9a-f]{8}")


class ModelVersionError(HubError, ValueError):
    """No such version, or `in_use.json` cannot be used; the message says which and why."""


@dataclass(frozen=True, slots=True)
class InUse:
    """The version in use, and the versions before it, latest first."""

    version: str = SHIPPED
    before: tuple[str, ...] = ()


def versions_folder(settings: TownSettings) -> Path:
    """Return the folder with one folder for each version."""
    return DataPaths(settings.data).models


def in_use_path(settings: TownSettings) -> Path:
    """Return the file that names the version in use."""
    return versions_folder(settings) / "in_use.json"


def version_folder(settings: TownSettings, version: str) -> Path:
    """Return the folder of a version; raises `ModelVersionError` if there is none."""
    if version == SHIPPED:
        return settings.models
    folder = versions_folder(settings) / version
    if not VERSION_NAME.fullmatch(version) or not folder.is_dir():
        known = ", ".join([SHIPPED, *version_names(settings)])
        raise ModelVersionError(
            f"no version {version[:40]} of the models; these are there: {known}"
        )
    return folder


def version_names(settings: TownSettings) -> list[str]:
    """Return the names of the versions that were trained, sorted."""
    folder = versions_folder(settings)
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if VERSION_NAME.fullmatch(path.name))


def in_use(settings: TownSettings) -> InUse:
    """Return the version in use; raises `ModelVersionError` if its file is damaged."""
    path = in_use_path(settings)
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        return InUse(str(body["version"]), _names(body["before"]))
    except FileNotFoundError:
        return InUse()
    except (OSError, KeyError, TypeError, ValueError) as error:
        detail = f"{path} cannot be read ({error!r}); remove it to use the shipped models"
        raise ModelVersionError(detail) from error


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("the versions before are no list")
    return tuple(map(str, value))


def models_folder(settings: TownSettings) -> Path:
    """Return the folder of the models in use; raises `ModelVersionError`."""
    return version_folder(settings, in_use(settings).version)


def use(settings: TownSettings, version: str) -> InUse:
    """Put a version into use and remember the former one; raises `ModelVersionError`."""
    version_folder(settings, version)
    with locked(in_use_path(settings)):
        former = in_use(settings)
        if version == former.version:
            return former
        return _write(settings, InUse(version, (former.version, *former.before)[:MOST_KEPT]))


def use_former(settings: TownSettings) -> InUse:
    """Put the version before the present one into use; raises `ModelVersionError` if none is."""
    with locked(in_use_path(settings)):
        present = in_use(settings)
        if not present.before:
            raise ModelVersionError(f"no version was in use before {present.version}")
        former, *earlier = present.before
        version_folder(settings, former)
        return _write(settings, InUse(former, tuple(earlier)))


def _write(settings: TownSettings, chosen: InUse) -> InUse:
    body = {"version": chosen.version, "before": list(chosen.before)}
    write_private(in_use_path(settings), json.dumps(body, indent=2) + "\n")
    return chosen
