"""Loads the models 判定模型 for matching and classification: the linear model and the weights."""

import json
from collections.abc import Mapping
from dataclasses import astuple
from math import isfinite
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from hub.runtime.errors import HubError
from hub.settings.town import TownSettings
from hub.town.decided_names import decided_names, with_decided_names
from hub.town.model_versions import models_folder
from hub.town.registers import load_town
from streams.matching.classify import IssueClassifier, LinearModel, Trust
from streams.matching.matcher import Matcher
from streams.matching.terms import BUCKETS, Rarity
from streams.matching.weights import DEFAULT_WEIGHTS, Weights, WeightSet
from streams.town.register import Register

LINEAR_MODEL, WEIGHTS, RARITY = "senses.npz", "weights.json", "rarity.npz"
"""File names in the folder of models."""


class ModelError(HubError, ValueError):
    """A model file cannot be used; the message says which one, and why."""


def load_register(settings: TownSettings) -> Register:
    """Return the registers, with the accepted place names, and the matcher that is in use.

    Raises `TownError`, `ModelVersionError` or `ModelError`.
    """
    town = with_decided_names(load_town(settings.town), decided_names(settings))
    return Register.of(town, load_matcher(models_folder(settings)))


def load_matcher(folder: Path) -> Matcher:
    """Return the matcher of a folder of models; defaults replace missing files.

    Raises `ModelError`.
    """
    classifier = IssueClassifier(load_linear_model(folder / LINEAR_MODEL))
    return Matcher(classifier, load_weights(folder / WEIGHTS), load_rarity(folder / RARITY))


def load_linear_model(path: Path) -> LinearModel | None:
    """Return the model of a file, or None if there is no file; raises `ModelError`."""
    if not path.is_file():
        return None
    try:
        # numpy leaves a file open that it cannot read.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            grams = str(arrays["grams"]).split("\n")
            return LinearModel(
                version=str(arrays["version"]),
                issue_classes=tuple(str(arrays["troubles"]).split("\n")),
                rows={gram: row for row, gram in enumerate(grams)},
                rarity=arrays["rarity"].astype(np.float32),
                weights=arrays["weights"],
                scale=arrays["scale"].astype(np.float32),
                bias=arrays["bias"].astype(np.float32),
                temperature=float(arrays["temperature"]),
                **_since_senses_2(arrays),
            )
    except (OSError, EOFError, KeyError, ValueError, BadZipFile) as error:
        detail = f"{path} is not a linear model ({error}); rebuild it with make models or remove it"
        raise ModelError(detail) from error


def _since_senses_2(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that a model of an earlier version lacks."""
    if "trust" not in arrays:
        return {}
    return {
        "long_bias": arrays["long_bias"].astype(np.float32),
        "trust": Trust(*map(float, arrays["trust"])),
        "learnt_from": str(arrays["learnt_from"]),
    }


def save_linear_model(path: Path, model: LinearModel) -> None:
    """Write a model; the same model gives the same bytes."""
    np.savez_compressed(
        path,
        allow_pickle=False,
        version=model.version,
        troubles="\n".join(model.issue_classes),
        grams="\n".join(model.rows),
        rarity=model.rarity.astype(np.float16),
        weights=model.weights,
        scale=model.scale,
        bias=model.bias,
        long_bias=np.zeros_like(model.bias) if model.long_bias is None else model.long_bias,
        temperature=np.float32(model.temperature),
        trust=np.asarray(astuple(model.trust), np.float32),
        learnt_from=model.learnt_from,
    )


def load_rarity(path: Path) -> Rarity:
    """Return the rarity of pairs of characters, or an equal one if there is no file.

    Raises `ModelError`.
    """
    if not path.is_file():
        return Rarity()
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            values = arrays["values"].astype(np.float32).reshape(BUCKETS)
            return Rarity(str(arrays["version"]), values)
    except (OSError, EOFError, KeyError, ValueError, BadZipFile) as error:
        detail = f"{path} holds no rarities ({error}); rebuild it with make models, or remove it"
        raise ModelError(detail) from error


def save_rarity(path: Path, rarity: Rarity) -> None:
    """Write the rarities, as half-precision numbers."""
    np.savez_compressed(
        path, allow_pickle=False, version=rarity.version, values=rarity.values.astype(np.float16)
    )


def load_weights(path: Path) -> Weights:
    """Return the weights of a file, or the defaults if there is no file; raises `ModelError`."""
    if not path.is_file():
        return DEFAULT_WEIGHTS
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        by_words = body.get("by_words")
        return Weights(
            **_weight_set(body),
            version=str(body["version"]),
            by_words=WeightSet(**_weight_set(by_words)) if by_words else None,
        )
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        detail = f"{path} holds no weights ({error}); rebuild it with make models, or remove it"
        raise ModelError(detail) from error


def _weight_set(body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "bias": _finite(body["bias"]),
        "weights": {str(name): _finite(value) for name, value in body["weights"].items()},
        "merge_at": _finite(body["merge_at"]),
        "suggest_at": _finite(body["suggest_at"]),
    }


def _finite(value: Any) -> float:
    number = float(value)
    if not isfinite(number):
        raise ValueError(f"{number} is no weight")
    return number


def save_weights(path: Path, weights: Weights, learnt_from: str) -> None:
    """Write weights; `learnt_from` describes the data that they were learnt from."""
    body = {"version": weights.version, "learnt_from": learnt_from, **_body(weights)}
    if weights.by_words:
        body["by_words"] = _body(weights.by_words)
    path.write_text(json.dumps(body, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _body(used: WeightSet) -> dict[str, Any]:
    return {
        "bias": round(used.bias, 4),
        "weights": {name: round(value, 4) for name, value in used.weights.items()},
        "merge_at": used.merge_at,
        "suggest_at": used.suggest_at,
    }
