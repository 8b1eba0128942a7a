"""The quality 并案质量 of a partition of reports into cases, compared with the truth. Pure.

Quality is counted in pairs of reports. A pair in one case is a *merged* pair; a pair of one matter
is a *true* pair.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from schemas.reports.event import UnifiedEvent


@dataclass(frozen=True, slots=True)
class Labelled:
    """One unified event, with the true matter that it reports."""

    event: UnifiedEvent
    matter: str
    truth: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision on a report: its case, and the cases that are suggested for it."""

    labelled: Labelled
    case: str
    suggested: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quality:
    """Counts, and shares of 0..1. `recall_with_suggestions` counts a suggested pair as merged."""

    reports: int
    matters: int
    cases: int
    precision: float
    recall: float
    f1: float
    purity: float
    suggested: float
    recall_with_suggestions: float


def _pairs(counts: Iterable[int]) -> int:
    return sum(count * (count - 1) // 2 for count in counts)


def measure(decisions: Sequence[Decision]) -> Quality:
    """Return the quality of a partition; an empty one has precision and recall 1."""
    both = Counter((decision.case, decision.labelled.matter) for decision in decisions)
    cases = Counter(decision.case for decision in decisions)
    matters = Counter(decision.labelled.matter for decision in decisions)
    right, merged, true = (_pairs(c.values()) for c in (both, cases, matters))
    largest: dict[str, int] = defaultdict(int)
    for (case, _), count in both.items():
        largest[case] = max(largest[case], count)
    suggested_pairs = _shown_pairs(decisions, both)
    precision = right / merged if merged else 1.0
    recall = right / true if true else 1.0
    suggested = sum(bool(decision.suggested) for decision in decisions)
    return Quality(
        reports=len(decisions),
        matters=len(matters),
        cases=len(cases),
        precision=round(precision, 4),
        recall=round(recall, 4),
        f1=round(2 * precision * recall / (precision + recall), 4) if precision + recall else 0.0,
        purity=round(sum(largest.values()) / len(decisions), 4) if decisions else 1.0,
        suggested=round(suggested / len(decisions), 4) if decisions else 0.0,
        recall_with_suggestions=round((right + suggested_pairs) / true, 4) if true else 1.0,
    )


def _shown_pairs(decisions: Sequence[Decision], both: Mapping[tuple[str, str], int]) -> int:
    """Return the number of true pairs across two cases of which one is suggested for the other."""
    joined = {
        frozenset((decision.case, other)) for decision in decisions for other in decision.suggested
    }
    matters: dict[str, set[str]] = defaultdict(set)
    for case, matter in both:
        matters[case].add(matter)
    return sum(
        both[first, matter] * both[second, matter]
        for first, second in (sorted(pair) for pair in joined if len(pair) == 2)
        for matter in matters[first] & matters[second]
    )


def mistakes(decisions: Sequence[Decision]) -> Iterator[dict[str, str]]:
    """Yield the mistakes: wrong merges first, then reports of one matter in different cases."""
    first_of_case: dict[str, Decision] = {}
    first_of_matter: dict[str, Decision] = {}
    parted = []
    for decision in decisions:
        opener = first_of_case.setdefault(decision.case, decision)
        if opener.labelled.matter != decision.labelled.matter:
            yield _mistake("merged", opener, decision)
        earlier = first_of_matter.setdefault(decision.labelled.matter, decision)
        if earlier.case != decision.case and not decision.suggested:
            parted.append(_mistake("parted", earlier, decision))
    yield from parted


def _mistake(kind: str, first: Decision, second: Decision) -> dict[str, str]:
    return {
        "mistake": kind,
        "one": f"{first.labelled.event.title} {first.labelled.event.content}".strip(),
        "other": f"{second.labelled.event.title} {second.labelled.event.content}".strip(),
        "matters": f"{first.labelled.matter} {second.labelled.matter}",
    }
