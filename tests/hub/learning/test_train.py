"""Training 训练: a better version is written, and anything else is refused with a reason."""

import json
from itertools import islice
from pathlib import Path
from shutil import copytree

import pytest

from hub.lab.simulate.language.shipped_texts import shipped_texts
from hub.learning.decisions import LearningError
from hub.learning.train import ShippedText, train
from hub.learning.versions import adopt, back, card_of, cards
from hub.settings import Settings
from hub.town.follow import FollowedRegister
from hub.town.model_versions import SHIPPED, ModelVersionError, in_use
from hub.town.models import load_matcher, load_register
from schemas.reports.report import Telling
from streams.matching.text import normalised_text
from tests.hub.learning.invented import (
    category_decisions,
    pair_decisions,
    settings_of,
    texts,
    write,
)

LEAF = "housing.property"


def some_shipped() -> list[ShippedText]:
    """Return every twentieth shipped text: enough to see whether a model forgets."""
    return list(islice(shipped_texts(), 0, None, 20))


def leaf_by(settings: Settings, text: str) -> str:
    """Return the leaf that the models in use give to a text."""
    register = load_register(settings)
    return register.matcher.classifier.classify(normalised_text("", text)).leaf


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return a folder with a version that was trained on what the city decided."""
    folder = tmp_path_factory.mktemp("trained")
    settings = write(folder, [*category_decisions(240, LEAF), *pair_decisions(20)])
    return folder, str(train(settings, some_shipped())["version"])


@pytest.fixture
def trained(tmp_path: Path, trained_once: tuple[Path, str]) -> tuple[Settings, str]:
    """Return settings of a copy of that folder, and the version."""
    folder, version = trained_once
    copytree(folder, tmp_path, dirs_exist_ok=True)
    return settings_of(tmp_path), version


def test_the_city_teaches_what_the_shipped_model_does_not_know(
    trained: tuple[Settings, str],
) -> None:
    """The new version is right on decisions of the last month, and forgets no shipped text."""
    settings, version = trained
    card = card_of(settings, version)
    figures = card["categories"]["figures"]
    assert figures["right"]["new"] > figures["right"]["present"]
    assert figures["measured"]["low"] > 0
    assert figures["shipped_texts"]["new"] >= figures["shipped_texts"]["present"] - 0.01
    assert not card["pairs"]["taken"]
    assert "at least 20 are needed" in card["pairs"]["reason"]


def test_nothing_changes_until_a_version_is_adopted(trained: tuple[Settings, str]) -> None:
    """After that its version stands in the matcher, and the way back is one step."""
    settings, version = trained
    followed, notes = FollowedRegister(settings), list[str]()
    assert leaf_by(settings, texts(5)) != LEAF
    assert followed.read().matcher.version == load_matcher(settings.models).version
    adopt(settings, version, notes.append)
    adopted = followed.changed()
    assert adopted is not None
    assert adopted.matcher.classifier.version.endswith(f"+{version}")
    assert leaf_by(settings, texts(5)) == LEAF
    assert [card["version"] for card in cards(settings) if card["in_use"]] == [version]
    assert back(settings, notes.append).version == SHIPPED
    assert leaf_by(settings, texts(5)) != LEAF
    assert [note.split()[0].rstrip(":,") for note in notes] == [version, SHIPPED]
    with pytest.raises(ModelVersionError, match="no version was in use before"):
        back(settings, notes.append)


@pytest.mark.slow
def test_the_same_decisions_give_the_same_version(tmp_path: Path) -> None:
    """Name and bytes of the models are equal."""
    decisions = list(category_decisions(240, LEAF))
    both = [write(tmp_path / name, decisions) for name in "ab"]
    names = [str(train(settings, some_shipped())["version"]) for settings in both]
    assert names[0] == names[1]
    files = [(settings.data / "models" / names[0] / "senses.npz").read_bytes() for settings in both]
    assert files[0] == files[1]


def test_what_is_not_in_the_audit_is_not_adopted(trained: tuple[Settings, str]) -> None:
    """If the line cannot be written, the former version stays in use."""
    settings, version = trained

    def away(_: str) -> None:
        raise LearningError("the store is away")

    with pytest.raises(LearningError):
        adopt(settings, version, away)
    assert in_use(settings).version == SHIPPED


def test_a_damaged_version_is_not_adopted(trained: tuple[Settings, str]) -> None:
    """A version is read before it is put into use; one that is damaged later is not taken over."""
    settings, version = trained
    path = settings.data / "models" / version / "senses.npz"
    whole, notes = path.read_bytes(), list[str]()
    path.write_bytes(whole[:1000])
    with pytest.raises(ValueError, match="is not a linear model"):
        adopt(settings, version, notes.append)
    assert not notes
    path.write_bytes(whole)
    followed = FollowedRegister(settings)
    adopt(settings, version, notes.append)
    path.write_bytes(whole[:1000])
    assert followed.changed() is None


@pytest.mark.parametrize("version", ["", "..", "../..", "12345678", "shipped/..", "x" * 9000])
def test_an_unknown_version_is_refused(tmp_path: Path, version: str) -> None:
    """The message names the versions that are there."""
    with pytest.raises(ModelVersionError, match="these are there: shipped"):
        adopt(Settings(data=tmp_path), version, lambda _: None)


def test_pairs_teach_the_weights(tmp_path: Path) -> None:
    """Weights move towards the answers, keep their signs, and merge no more wrong pairs."""
    settings = write(tmp_path, pair_decisions(300))
    before = load_matcher(settings.models).weights
    card = train(settings, [])
    after = load_matcher(tmp_path / "models" / card["version"]).weights
    assert card["pairs"]["taken"]
    assert after.version == f"{before.version}+{card['version']}"
    assert after.weights != before.weights
    assert all(value * before.weights[name] >= 0 for name, value in after.weights.items())
    assert (after.merge_at, after.suggest_at) == (before.merge_at, before.suggest_at)
    wrong = card["pairs"]["figures"]["verdicts"]
    assert wrong["new"].get("two: merge", 0) <= wrong["present"].get("two: merge", 0)


@pytest.mark.parametrize(
    ("decisions", "reason"),
    [
        ([], "no decisions"),
        (list(category_decisions(1, LEAF)), "0 categories to learn from"),
        (list(category_decisions(30, LEAF)), "at least 20 are needed"),
        (list(category_decisions(240, LEAF, ("派单员甲",))), "of 1 person, and at least 2"),
        (list(category_decisions(54, LEAF)), "to measure with, and at least 30"),
    ],
)
def test_too_few_decisions_are_refused(tmp_path: Path, decisions: list, reason: str) -> None:
    """The message says what is missing; no version is written."""
    settings = write(tmp_path, decisions)
    with pytest.raises(LearningError, match=reason):
        train(settings, [])
    assert not (tmp_path / "models").exists()


@pytest.mark.slow
def test_a_version_that_is_not_better_is_refused(tmp_path: Path) -> None:
    """Where people decide as the present models do, there is nothing to learn."""
    present = load_register(Settings(data=tmp_path)).matcher.classifier
    answers = (
        (text, present.classify(normalised_text(text.title, text.content)))
        for text in islice(shipped_texts(), 0, None, 5)
    )
    shipped = [
        text for text, answer in answers if answer.leaf == text.leaf and answer.confidence > 0.9
    ][:240]
    agreeing = [
        decision.model_copy(
            update={"leaf": text.leaf, "telling": Telling(title=text.title, content=text.content)}
        )
        for decision, text in zip(category_decisions(len(shipped), LEAF), shipped, strict=True)
    ]
    settings = write(tmp_path, agreeing)
    with pytest.raises(LearningError, match=r"not better on \d+ decisions kept apart: \d+ better"):
        train(settings, some_shipped())
    assert not (tmp_path / "models").exists()


def test_a_damaged_file_of_decisions_is_named_with_its_line(tmp_path: Path) -> None:
    """The message says what to do."""
    settings = write(tmp_path, category_decisions(3, LEAF))
    path = tmp_path / "learning" / "decisions.ndjson"
    path.write_text(path.read_text(encoding="utf-8") + '{"kind": "oracle"}\n', encoding="utf-8")
    with pytest.raises(LearningError, match="line 4, is no decision; run hub learn collect"):
        train(settings, [])
    path.unlink()
    with pytest.raises(LearningError, match="run hub learn collect first"):
        train(settings, [])


def test_a_damaged_pointer_is_named(tmp_path: Path) -> None:
    """The message says how to return to the shipped models."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "in_use.json").write_text(json.dumps(["x"]), encoding="utf-8")
    with pytest.raises(ModelVersionError, match="remove it to use the shipped models"):
        load_register(Settings(data=tmp_path))
