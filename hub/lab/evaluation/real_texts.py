"""Categories measured on real texts 真实诉求分类, which officials have sorted into seven classes.

The texts are no part of this repository. A folder has them as `data/texts.csv.xz`, with the columns
title, content and label. The labels are first-level classes of a petition office. A leaf is *right*
for a label if it lies in the families that the office sorts under it, and *tolerable* where both
readings are fair: a question may be sorted as a question, a complaint about officials as one.
"""

import csv
import lzma
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from rich.console import Console
from rich.table import Table

from hub.runtime.errors import HubError
from schemas.category import CATEGORIES
from streams.matching.classify import SURE, IssueClassifier
from streams.matching.text import normalised_text

TEXTS = Path("data") / "texts.csv.xz"
THIRDS = 3
RIGHT: Mapping[str, tuple[str, ...]] = {
    "城乡建设": (
        *("facility.", "housing.", "order.", "safety."),
        *("dispute.land", "transport.bus", "environment.garbage"),
    ),
    "环境保护": ("environment.",),
    "交通运输": ("transport.", "facility.road"),
    "教育文体": ("education.",),
    "劳动和社会保障": ("labour.",),
    "商贸旅游": ("market.", "housing.lift"),
    "卫生计生": ("health.", "market.food"),
}
"""Label → families (with the dot) and leaves that are right."""
TOLERABLE: Mapping[str, tuple[str, ...]] = {
    "城乡建设": (
        *("environment.", "transport.", "labour."),
        *("dispute.neighbour", "market.price", "market.consumer"),
    ),
    "环境保护": ("facility.drainage", "safety.", "order.construction", "order.vendor"),
    "交通运输": ("market.consumer", "market.price", "order.parking", "safety.", "facility."),
    "教育文体": ("market.consumer", "market.price", "labour.", "safety.", "market.food"),
    "劳动和社会保障": ("welfare.", "health."),
    "商贸旅游": (
        *("housing.property", "facility.gas", "facility.water", "facility.power"),
        *("transport.", "order."),
    ),
    "卫生计生": ("welfare.", "labour.insurance", "market."),
}
_ASKS = re.compile(
    r"咨询|请问|请教|想问|想了解|(?:如何|怎么|怎样|能否)办理|可不可以|可以.{0,8}吗|能.{0,10}吗|政策"
)
_COMPLAINS = re.compile(r"投诉|举报|扰民|违规|违法|非法|拖欠|污染|强制|欺|骗|乱收费")
_CONDUCT = re.compile(
    r"不作为|推诿|推卸|踢皮球|态度(?:恶劣|差|不好|极差)|乱作为|渎职|失职|包庇|贪污|腐败|以权谋私"
    r"|滥用职权|违纪|暗箱|敷衍|官僚|形式主义"
)


@dataclass(frozen=True, slots=True)
class RealText:
    """A text with the label of an official."""

    title: str
    content: str
    label: str

    @property
    def third(self) -> int:
        """Return 0, 1 or 2 by a hash of the text: the part that can be kept apart."""
        return crc32(f"{self.title}\0{self.content}".encode()) % THIRDS

    def verdict(self, leaf: str) -> str:
        """Return `right`, `tolerable` or `wrong` for a leaf."""
        words = self.title + self.content
        if leaf.startswith(RIGHT[self.label]):
            return "right"
        asks = leaf == "governance.policy" and _ASKS.search(words) and not _COMPLAINS.search(words)
        blames = leaf == "governance.conduct" and _CONDUCT.search(words)
        if asks or blames or leaf.startswith(TOLERABLE[self.label]):
            return "tolerable"
        return "wrong"

    def possible_leaves(self) -> dict[str, float]:
        """Return the leaves that the label admits, with weights for learning.

        A leaf that several labels have as right would take over the texts of them all, as the model
        is free to choose; so it weighs little.
        """
        verdicts = {leaf: self.verdict(leaf) for leaf in CATEGORIES}
        return {
            leaf: TOLERABLE_WEIGHT
            if verdict == "tolerable"
            else (1.0 if _LABELS_OF[leaf] == 1 else SHARED_WEIGHT)
            for leaf, verdict in verdicts.items()
            if verdict != "wrong"
        }


TOLERABLE_WEIGHT, SHARED_WEIGHT = 0.05, 0.2
_LABELS_OF = {leaf: sum(leaf.startswith(right) for right in RIGHT.values()) for leaf in CATEGORIES}


@dataclass(frozen=True, slots=True)
class RealQuality:
    """Shares, 0..1. `sorted`: of all texts, those that get a leaf; `right…`: of those.

    `off` is the expected calibration error of right or tolerable, `off_strict` of right alone: the
    distance between the confidence and the share of right leaves, as the mean over ten bins.
    """

    texts: int
    sorted: float
    right: float
    right_or_tolerable: float
    off: float
    off_strict: float


def read_texts(folder: Path) -> list[RealText]:
    """Return the labelled texts of a folder; raises `HubError`."""
    path = folder / TEXTS
    try:
        with lzma.open(path, "rt", encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, restval="")
            texts = [RealText(row["title"], row["content"], row["label"]) for row in rows]
    except (OSError, EOFError, lzma.LZMAError, UnicodeDecodeError, KeyError) as error:
        raise HubError(f"{path} cannot be read as labelled texts: {error!r}") from error
    unknown = sorted({text.label for text in texts} - RIGHT.keys())
    if unknown:
        raise HubError(f"{path} has unknown labels: {'、'.join(unknown)}")
    return texts


def real_quality(texts: Sequence[RealText], classifier: IssueClassifier) -> RealQuality:
    """Return how well a classifier sorts the texts by their words alone."""
    answers = []
    for text in texts:
        classification = classifier.classify(normalised_text(text.title, text.content))
        leaf, confidence = classification.leaf, classification.confidence
        answers.append((text.verdict(leaf) if leaf else "wrong", confidence))
    sure_verdicts = [verdict for verdict, confidence in answers if confidence >= SURE]
    verdicts = Counter(sure_verdicts)
    fair = verdicts["right"] + verdicts["tolerable"]
    return RealQuality(
        texts=len(answers),
        sorted=round(len(sure_verdicts) / max(1, len(answers)), 4),
        right=round(verdicts["right"] / max(1, len(sure_verdicts)), 4),
        right_or_tolerable=round(fair / max(1, len(sure_verdicts)), 4),
        off=confidence_off((verdict != "wrong", sure) for verdict, sure in answers),
        off_strict=confidence_off((verdict == "right", sure) for verdict, sure in answers),
    )


def confidence_off(results: Iterable[tuple[bool, float]]) -> float:
    """Return the expected calibration error of answers: right or not, and confidence."""
    bins: dict[int, list[tuple[bool, float]]] = {}
    for right, sure in results:
        bins.setdefault(min(9, int(sure * 10)), []).append((right, sure))
    off = (abs(sum(right - sure for right, sure in members)) for members in bins.values())
    return round(sum(off) / max(1, sum(map(len, bins.values()))), 4)


def evaluate_texts(folder: Path, classifier: IssueClassifier) -> dict[str, Any]:
    """Return the figures of a folder: of all texts, and by label; raises `HubError`."""
    texts = read_texts(folder)
    labels = {
        label: asdict(real_quality([text for text in texts if text.label == label], classifier))
        for label in RIGHT
    }
    return {
        "categories": asdict(real_quality(texts, classifier)),
        "labels": labels,
        "version": classifier.version,
        "learnt_from": classifier.model.learnt_from if classifier.model else "",
    }


def to_text(result: Mapping[str, Any]) -> str:
    """Return the figures as a table."""
    table = Table("", *(name.replace("_", " ") for name in result["categories"]))
    for name, row in ({"all": result["categories"]} | result["labels"]).items():
        table.add_row(name, *map(str, row.values()))
    console = Console(width=110)
    with console.capture() as page:
        console.print(table)
        console.print(f"{result['version']}, learnt from {result['learnt_from']}")
    return page.get()
