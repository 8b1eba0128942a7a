"""How good a partition of reports into cases is 并案质量, against what is true. Pure.

Pairs are pairs of reports. Two of one case are *found*; two of one matter are *true*.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from schemas.event import UnifiedEvent


@dataclass(frozen=True, slots=True)
class Labelled:
    """One unified event, and the matter in the world that it tells of."""

    event: UnifiedEvent
    matter: str
    truth: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What the step made of a report: its case, and the cases that it suggests besides."""

    labelled: Labelled
    case: str
    suggested: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares are of 1. `recall_with_suggestions` counts a pair that a person was shown as found."""

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
    both = Counter((one.case, one.labelled.matter) for one in decisions)
    cases = Counter(one.case for one in decisions)
    matters = Counter(one.labelled.matter for one in decisions)
    right, found, true = (_pairs(c.values()) for c in (both, cases, matters))
    largest: dict[str, int] = defaultdict(int)
    for (case, _), count in both.items():
        largest[case] = max(largest[case], count)
    shown = _shown_pairs(decisions, both)
    precision = right / found if found else 1.0
    recall = right / true if true else 1.0
    return Quality(
        reports=len(decisions),
        matters=len(matters),
        cases=len(cases),
        precision=round(precision, 4),
        recall=round(recall, 4),
        f1=round(2 * precision * recall / (precision + recall), 4) if precision + recall else 0.0,
        purity=round(sum(largest.values()) / len(decisions), 4) if decisions else 1.0,
        suggested=round(sum(bool(one.suggested) for one in decisions) / len(decisions), 4)
        if decisions else 0.0,
        recall_with_suggestions=round((right + shown) / true, 4) if true else 1.0,
    )  # fmt: skip


def _shown_pairs(decisions: Sequence[Decision], both: Mapping[tuple[str, str], int]) -> int:
    """Return the true pairs that lie across two cases of which one suggests the other."""
    joined = {frozenset((one.case, other)) for one in decisions for other in one.suggested}
    matters: dict[str, set[str]] = defaultdict(set)
    for case, matter in both:
        matters[case].add(matter)
    return sum(
        both[here, matter] * both[there, matter]
        for here, there in (sorted(pair) for pair in joined if len(pair) == 2)
        for matter in matters[here] & matters[there]
    )


def mistakes(decisions: Sequence[Decision]) -> Iterator[dict[str, str]]:
    """Yield the worst mistakes: wrong merges first, then what was told of one matter and parted."""
    first_of_case: dict[str, Decision] = {}
    first_of_matter: dict[str, Decision] = {}
    parted = []
    for one in decisions:
        opener = first_of_case.setdefault(one.case, one)
        if opener.labelled.matter != one.labelled.matter:
            yield _mistake("merged", opener, one)
        earlier = first_of_matter.setdefault(one.labelled.matter, one)
        if earlier.case != one.case and not one.suggested:
            parted.append(_mistake("parted", earlier, one))
    yield from parted


def _mistake(kind: str, here: Decision, there: Decision) -> dict[str, str]:
    return {
        "mistake": kind,
        "one": f"{here.labelled.event.title} {here.labelled.event.content}".strip(),
        "other": f"{there.labelled.event.title} {there.labelled.event.content}".strip(),
        "matters": f"{here.labelled.matter} {there.labelled.matter}",
    }
