"""Loads what merging and sorting are decided by 判定模型: registers, learnt senses and weights."""

import json
from pathlib import Path

import numpy as np

from hub.settings import Settings
from hub.town.registers import load_town
from streams.matching.classify import Learnt, Senses
from streams.matching.judge import DEFAULT_WEIGHTS, Judge, Weights
from streams.town.register import Register

SENSES, WEIGHTS = "senses.npz", "weights.json"


class ModelError(ValueError):
    """A learnt file that cannot be used; the message says which, and why."""


def load_register(settings: Settings) -> Register:
    """Return the registers of the settings, with the judge of the settings.

    Raises `TownError` or `ModelError`.
    """
    return Register.of(load_town(settings.town), load_judge(settings.models))


def load_judge(folder: Path) -> Judge:
    """Return the judge of a folder; what is not there is decided by the documented defaults."""
    return Judge(Senses(load_senses(folder / SENSES)), load_weights(folder / WEIGHTS))


def load_senses(path: Path) -> Learnt | None:
    """Return the learnt senses of a file, or None where there is none; raises `ModelError`."""
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as kept:
            grams = str(kept["grams"]).split("\n")
            return Learnt(
                version=str(kept["version"]),
                troubles=tuple(str(kept["troubles"]).split("\n")),
                rows={gram: row for row, gram in enumerate(grams)},
                rarity=kept["rarity"].astype(np.float32),
                weights=kept["weights"],
                scale=kept["scale"].astype(np.float32),
                bias=kept["bias"].astype(np.float32),
                temperature=float(kept["temperature"]),
            )
    except (OSError, KeyError, ValueError) as error:
        detail = f"{path} holds no learnt senses ({error}); make it with make models, or remove it"
        raise ModelError(detail) from error


def save_senses(path: Path, learnt: Learnt) -> None:
    """Write learnt senses; the same ones give the same bytes."""
    np.savez_compressed(
        path,
        allow_pickle=False,
        version=learnt.version,
        troubles="\n".join(learnt.troubles),
        grams="\n".join(learnt.rows),
        rarity=learnt.rarity.astype(np.float16),
        weights=learnt.weights,
        scale=learnt.scale,
        bias=learnt.bias,
        temperature=np.float32(learnt.temperature),
    )


def load_weights(path: Path) -> Weights:
    """Return the weights of a file, or the defaults where there is none; raises `ModelError`."""
    if not path.is_file():
        return DEFAULT_WEIGHTS
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return Weights(
            version=str(kept["version"]),
            bias=float(kept["bias"]),
            weights={str(name): float(value) for name, value in kept["weights"].items()},
            merge_at=float(kept["merge_at"]),
            suggest_at=float(kept["suggest_at"]),
        )
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        detail = f"{path} holds no weights ({error}); make it with make models, or remove it"
        raise ModelError(detail) from error


def save_weights(path: Path, weights: Weights, told: str) -> None:
    """Write weights with what they were learnt from."""
    kept = {
        "version": weights.version,
        "learnt_from": told,
        "bias": round(weights.bias, 4),
        "weights": {name: round(value, 4) for name, value in weights.weights.items()},
        "merge_at": weights.merge_at,
        "suggest_at": weights.suggest_at,
    }
    path.write_text(json.dumps(kept, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
