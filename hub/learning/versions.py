"""The versions that were trained 模型版本: written, listed, adopted and taken back.

A version is adopted only when a person says so, and the audit has a line about it before it takes
effect. Running processes take it over within seconds (`hub.town.follow`).
"""

import json
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from typing import Any

from hub.runtime.private_file import write_private
from hub.settings.learning import LearningSettings
from hub.settings.town import TownSettings
from hub.town.model_versions import (
    SHIPPED,
    InUse,
    ModelVersionError,
    in_use,
    models_folder,
    use,
    use_former,
    version_folder,
    version_names,
    versions_folder,
)
from hub.town.models import (
    LINEAR_MODEL,
    RARITY,
    WEIGHTS,
    load_matcher,
    save_linear_model,
    save_rarity,
    save_weights,
)
from streams.matching.matcher import Matcher

CARD = "card.json"
"""File of a version: from what it was learnt, and its figures."""
CARD_FIELDS = frozenset({"version", "compared_with", "trained_at", "categories", "pairs"})
"""Fields that every card has."""
BLOCK = 1 << 20

Note = Callable[[str], None]
"""Writes a line about what is done, before it is done; raises an error where it cannot."""


def named(former: str, version: str) -> str:
    """Return the version of a model that was learnt from `former`: senses-1+3f9a12cd."""
    return f"{former.partition('+')[0]}+{version}"


def version_of(settings: LearningSettings, decisions: Path) -> str:
    """Return the name of a version: the digest of its decisions, models before, and settings."""
    digest = sha256()
    folders = (settings.models, models_folder(settings))
    files = (folder / name for folder in folders for name in (LINEAR_MODEL, RARITY, WEIGHTS))
    for path in (decisions, *filter(Path.is_file, files)):
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
    chosen = {name for name in LearningSettings.model_fields if name.startswith("learn_")}
    digest.update(settings.model_dump_json(include=chosen).encode())
    return digest.hexdigest()[:8]


def write_version(
    settings: TownSettings, version: str, matcher: Matcher, card: dict[str, Any]
) -> None:
    """Write the models of a version and its card; the folder appears once it is complete."""
    target = versions_folder(settings) / version
    fresh = target.with_name(f".{version}.{os.getpid()}")
    fresh.mkdir(parents=True, mode=0o700)
    try:
        if matcher.classifier.model is not None:
            save_linear_model(fresh / LINEAR_MODEL, matcher.classifier.model)
        save_rarity(fresh / RARITY, matcher.rarity)
        save_weights(fresh / WEIGHTS, matcher.weights, f"decisions of the city, see {CARD}")
        write_private(fresh / CARD, json.dumps(card, ensure_ascii=False, indent=2) + "\n")
        if target.is_dir():
            rmtree(target)
        fresh.rename(target)
    finally:
        rmtree(fresh, ignore_errors=True)


def card_of(settings: TownSettings, version: str) -> dict[str, Any]:
    """Return from what a version was learnt, and its figures; raises `ModelVersionError`."""
    path = version_folder(settings, version) / CARD
    try:
        card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelVersionError(f"{path} cannot be read ({error}); train it again") from error
    missing = sorted(CARD_FIELDS - card.keys()) if isinstance(card, dict) else [*CARD_FIELDS]
    if missing:
        raise ModelVersionError(f"{path} has no {' and no '.join(missing)}; train it again")
    return card


def cards(settings: TownSettings) -> list[dict[str, Any]]:
    """Return the cards of all versions, oldest first; each says whether it is in use."""
    present = in_use(settings).version
    trained = [card_of(settings, version) for version in version_names(settings)]
    trained.sort(key=lambda card: (str(card.get("trained_at")), str(card.get("version"))))
    shipped = {"version": SHIPPED, "trained_at": "", "categories": {}, "pairs": {}}
    return [{**card, "in_use": card["version"] == present} for card in (shipped, *trained)]


def adopt(settings: TownSettings, version: str, note: Note) -> InUse:
    """Put a version into use; raises `ModelVersionError` or `ModelError`, and changes nothing.

    Its files are read first: what cannot be read is never put into use.
    """
    matcher = load_matcher(_complete(version_folder(settings, version)))
    note(f"{version}: {matcher.version}, in place of {in_use(settings).version}")
    return use(settings, version)


def _complete(folder: Path) -> Path:
    """Return the folder of a version; raises `ModelVersionError` if a file of it is missing.

    Without this check defaults would replace the missing file.
    """
    missing = [name for name in (LINEAR_MODEL, RARITY, WEIGHTS) if not (folder / name).is_file()]
    if missing:
        raise ModelVersionError(f"{folder} has no {' and no '.join(missing)}; train it again")
    return folder


def back(settings: TownSettings, note: Note) -> InUse:
    """Put the version before the present one into use again; raises `ModelVersionError`."""
    present = in_use(settings)
    if not present.before:
        raise ModelVersionError(f"no version was in use before {present.version}")
    load_matcher(_complete(version_folder(settings, present.before[0])))
    note(f"{present.before[0]}, in place of {present.version}")
    return use_former(settings)
