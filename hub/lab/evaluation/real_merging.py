"""Merging measured on real reports 真实诉求并案: the worker's step, and a plain baseline beside it.

A pair is *near* where its two reports are at most 14 days apart. A pair of one matter in two cases
is *shown* where one of the two cases is suggested for the other.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hub.lab.evaluation.dedup import by_receipt, decide
from hub.lab.evaluation.quality import Decision
from hub.lab.evaluation.real_reports import VARIANTS, RealReport, labelled_events, read_reports
from hub.runtime.errors import HubError
from hub.town.registers import load_town
from streams.matching.matcher import Matcher
from streams.town.register import Register

NEAR = timedelta(days=14)
BARS: Mapping[str, Mapping[str, float]] = {
    "register": {"precision": 0.97, "recall_near": 0.75, "recall_near_shown": 0.92},
    "raw": {"precision": 0.97, "recall_near": 0.60, "recall_near_shown": 0.88},
}
"""Lowest values, by variant and figure."""
CEILINGS: Mapping[str, float] = {"register": 0.15, "raw": 0.20}
"""Largest share of reports that a person is asked about."""
RIGHT_SUGGESTIONS = 0.50
FAR_SHOWN = 0.50
BASELINE_READ = 600
BASELINE_STEPS = [step / 100 for step in range(6, 62, 2)]

Similarities = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class RealQuality:
    """Counts, and shares of 0..1. `recall_…_shown` counts a shown pair as merged."""

    reports: int
    true_pairs: int
    merged_pairs: int
    wrong_pairs: int
    precision: float
    recall: float
    recall_near: float
    recall_near_shown: float
    recall_far_shown: float
    asked: float = 0.0
    suggestions: int = 0
    suggestions_right: float = 1.0


def quality(
    reports: Sequence[RealReport],
    case_of: Mapping[str, str],
    joined: Collection[frozenset[str]] = (),
    counted: Collection[str] | None = None,
) -> RealQuality:
    """Return the quality of a partition of reports into cases; `joined` are suggested pairs.

    Only pairs with a report of `counted` (numbers) count: by default all reports.
    """
    chosen = {report.number for report in reports} if counted is None else set(counted)
    tally: Counter[str] = Counter()
    for first, other in combinations(reports, 2):
        if first.number not in chosen and other.number not in chosen:
            continue
        cases = case_of[first.number], case_of[other.number]
        true, merged = first.matter == other.matter, cases[0] == cases[1]
        tally["merged"] += merged
        tally["right"] += merged and true
        if true:
            kind = "near" if abs(first.at - other.at) <= NEAR else "far"
            tally[f"true_{kind}"] += 1
            tally[f"merged_{kind}"] += merged
            tally[f"shown_{kind}"] += merged or frozenset(cases) in joined
    true_pairs = tally["true_near"] + tally["true_far"]
    return RealQuality(
        reports=len(chosen),
        true_pairs=true_pairs,
        merged_pairs=tally["merged"],
        wrong_pairs=tally["merged"] - tally["right"],
        precision=_share(tally["right"], tally["merged"]),
        recall=_share(tally["right"], true_pairs),
        recall_near=_share(tally["merged_near"], tally["true_near"]),
        recall_near_shown=_share(tally["shown_near"], tally["true_near"]),
        recall_far_shown=_share(tally["shown_far"], tally["true_far"]),
    )


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0


def quality_of(
    reports: Sequence[RealReport],
    decisions: Sequence[Decision],
    counted: Collection[str] | None = None,
) -> RealQuality:
    """Return the quality of the decisions of the worker's step on the reports."""
    chosen = {report.number for report in reports} if counted is None else set(counted)
    case_of = {decision.labelled.event.native_id: decision.case for decision in decisions}
    joined = {
        frozenset((decision.case, other)): None
        for decision in decisions
        for other in decision.suggested
        if other != decision.case
    }
    matters: dict[str, set[str]] = defaultdict(set)
    counted_cases = set()
    for report in reports:
        matters[case_of[report.number]].add(report.matter)
        if report.number in chosen:
            counted_cases.add(case_of[report.number])
    shown = [pair for pair in joined if pair & counted_cases]
    right = sum(bool(set.intersection(*(matters[case] for case in pair))) for pair in shown)
    asked = sum(
        bool(decision.suggested)
        for decision in decisions
        if decision.labelled.event.native_id in chosen
    )
    return replace(
        quality(reports, case_of, joined, counted),
        asked=_share(asked, len(chosen)),
        suggestions=len(shown),
        suggestions_right=_share(right, len(shown)),
    )


def decisions_on(
    reports: Sequence[RealReport], variant: str, folder: Path, matcher: Matcher
) -> list[Decision]:
    """Return the decisions of the worker's step on a variant; raises `TownError`."""
    register = Register.of(load_town(folder / "town" / VARIANTS[variant]), matcher)
    return decide(sorted(labelled_events(reports, variant, register), key=by_receipt), register)


def baseline(reports: Sequence[RealReport]) -> RealQuality:
    """Return the quality of one threshold on TF-IDF cosines of 2 to 4 characters.

    A report joins the most similar one of the last 14 days. The threshold with the best F1 on one
    half of the matters is used on the other half.
    """
    ordered = sorted(reports, key=lambda report: (report.at, report.number))
    similar = _similarities(ordered)
    case_of: dict[str, str] = {}
    for held_out in (True, False):
        tuned = [n for n, report in enumerate(ordered) if report.held_out != held_out]
        tested = [n for n, report in enumerate(ordered) if report.held_out == held_out]

        def f1(threshold: float, chosen: Sequence[int] = tuned) -> float:
            those = [ordered[n] for n in chosen]
            figures = quality(those, _joined(ordered, chosen, similar, threshold))
            both = figures.precision + figures.recall_near
            return figures.precision * figures.recall_near / both if both else 0.0

        cases = _joined(ordered, tested, similar, max(BASELINE_STEPS, key=f1))
        case_of |= {number: f"{held_out}-{case}" for number, case in cases.items()}
    return quality(reports, case_of)


def _joined(
    ordered: Sequence[RealReport], chosen: Sequence[int], similar: Similarities, threshold: float
) -> dict[str, str]:
    case_of: dict[str, str] = {}
    for position, number in enumerate(chosen):
        report = ordered[number]
        near = [n for n in chosen[:position] if report.at - ordered[n].at <= NEAR]
        best = max(near, key=lambda n: float(similar[number, n]), default=None)
        joins = best is not None and similar[number, best] >= threshold
        case_of[report.number] = (
            case_of[ordered[best].number] if joins and best is not None else report.number
        )
    return case_of


def _similarities(ordered: Sequence[RealReport]) -> Similarities:
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ImportError as error:
        detail = "the TF-IDF baseline needs scikit-learn: pip install 'minqing-hub[learn]'"
        raise HubError(detail) from error

    def cosines(texts: Iterable[str]) -> Similarities:
        vectors = TfidfVectorizer(
            analyzer="char", ngram_range=(2, 4), min_df=2, sublinear_tf=True, dtype=np.float32
        ).fit_transform(texts)
        return np.asarray((vectors @ vectors.T).toarray(), dtype=np.float32)

    titles = cosines(report.title for report in ordered)
    texts = cosines(f"{r.title} {r.content[:BASELINE_READ]}" for r in ordered)
    return np.asarray(0.5 * titles + 0.5 * texts, dtype=np.float32)


def evaluate(
    folder: Path, matcher: Matcher, variants: Iterable[str] = VARIANTS, held_out: bool = False
) -> dict[str, Any]:
    """Return the figures of each variant, of the baseline, and the bars that are missed.

    With `held_out` only pairs with a report of a held-out matter count.
    """
    reports = read_reports(folder)
    counted = [report.number for report in reports if report.held_out] if held_out else None
    figures: dict[str, Any] = {}
    for variant in variants:
        quality = quality_of(reports, decisions_on(reports, variant, folder, matcher), counted)
        figures[variant] = asdict(quality)
    figures["baseline"] = asdict(baseline(reports))
    figures["missed"] = list(missed_bars(figures))
    return figures


def missed_bars(figures: Mapping[str, Mapping[str, float]]) -> Iterable[str]:
    """Yield a sentence for each bar that is missed."""
    for variant, bars in BARS.items():
        values = figures.get(variant)
        if values is None:
            continue
        lowest = {**bars, "suggestions_right": RIGHT_SUGGESTIONS, "recall_far_shown": FAR_SHOWN}
        for name, bar in lowest.items():
            if values[name] < bar:
                yield f"{variant}.{name} is {values[name]}, but must be at least {bar}"
        if values["asked"] > CEILINGS[variant]:
            yield f"{variant}.asked is {values['asked']}, but must be at most {CEILINGS[variant]}"
