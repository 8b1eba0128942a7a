"""Versions of the models: adopted by several at once, and damaged files."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hub.learning.places.new_places import PlaceNameError, refuse
from hub.learning.versions import CARD, adopt, cards
from hub.settings import Settings
from hub.settings.town import SHIPPED_MODELS
from hub.town.model_versions import (
    ModelVersionError,
    in_use,
    in_use_path,
    use,
    use_former,
    versions_folder,
)
from hub.town.models import WEIGHTS, ModelError, load_weights

VERSIONS = [f"{number:08x}" for number in range(1, 9)]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings of a folder with eight trained versions."""
    settings = Settings(data=tmp_path)
    for version in VERSIONS:
        (versions_folder(settings) / version).mkdir(parents=True)
    return settings


def test_versions_that_are_adopted_at_once_all_lead_back(settings: Settings) -> None:
    """Each adopted version is remembered, however many people adopt at the same time."""
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda version: use(settings, version), VERSIONS))
    chosen = in_use(settings)
    assert {chosen.version, *chosen.before} >= set(VERSIONS)
    for _ in VERSIONS:
        use_former(settings)
    assert in_use(settings).version not in VERSIONS


@pytest.mark.parametrize("damage", ['{"version": "a", "before": "abc"}', "[]", "{", "{}"])
def test_a_damaged_record_of_versions_is_an_error_with_advice(
    settings: Settings, damage: str
) -> None:
    """The message names the file, and what to do."""
    in_use_path(settings).parent.mkdir(parents=True, exist_ok=True)
    in_use_path(settings).write_text(damage, encoding="utf-8")
    with pytest.raises(ModelVersionError, match="remove it to use the shipped models"):
        in_use(settings)


@pytest.mark.parametrize("damage", ["[]", "{}", '{"version": "00000001"}', "{"])
def test_a_damaged_card_is_an_error_with_advice(settings: Settings, damage: str) -> None:
    """The message names the card, and what to do."""
    (versions_folder(settings) / VERSIONS[0] / CARD).write_text(damage, encoding="utf-8")
    with pytest.raises(ModelVersionError, match=f"{VERSIONS[0]}.*train it again"):
        cards(settings)


def test_a_version_without_all_its_files_is_not_adopted(settings: Settings) -> None:
    """Defaults never replace a missing file of a version."""
    before = in_use(settings)
    with pytest.raises(ModelVersionError, match=r"weights\.json; train it again"):
        adopt(settings, VERSIONS[0], lambda _: None)
    assert in_use(settings) == before


def with_bias(body: dict[str, object]) -> None:
    """Replace the bias by a number that is none."""
    body["bias"] = float("nan")


def with_threshold(body: dict[str, object]) -> None:
    """Replace a threshold by an infinite number."""
    body["merge_at"] = float("inf")


@pytest.mark.parametrize("change", [with_bias, with_threshold])
def test_weights_that_are_no_numbers_are_refused(
    tmp_path: Path, change: Callable[[dict[str, object]], None]
) -> None:
    """A weight that is no number would make every comparison of two reports false."""
    body = json.loads((SHIPPED_MODELS / WEIGHTS).read_text(encoding="utf-8"))
    change(body)
    path = tmp_path / WEIGHTS
    path.write_text(json.dumps(body), encoding="utf-8")
    with pytest.raises(ModelError, match="holds no weights"):
        load_weights(path)


@pytest.mark.parametrize("name", ["", "甲", "甲" * 41])
def test_a_name_of_no_usual_length_is_refused_before_the_audit(
    settings: Settings, name: str
) -> None:
    """Nothing is written about a name that cannot be kept."""
    notes: list[str] = []
    with pytest.raises(PlaceNameError, match="2 to 40 characters"):
        refuse(settings, name, notes.append)
    assert notes == []
