"""Baselines for merging 对照: merge by the number of a channel, and plain MinHash."""

from collections.abc import Sequence

from hub.lab.evaluation.quality import Decision, Labelled
from hub.runtime.errors import HubError
from schemas.reports.fact import Kind

MINHASH_AT = 0.7
"""Threshold of the estimated Jaccard similarity of character pairs.

Of 0.2, 0.25 … 0.9 it has the best F1 on the split `learn`.
"""
PERMUTATIONS = 128


def reports_of(labelled: Sequence[Labelled]) -> list[Labelled]:
    """Return the reports: events of other kinds are never merged."""
    return [entry for entry in labelled if entry.event.kind is Kind.REPORT]


def by_exact_id(labelled: Sequence[Labelled]) -> list[Decision]:
    """Return the partition by a system that merges only reports with one number in one channel."""
    return [
        Decision(entry, f"{entry.event.channel}/{entry.event.parent_id or entry.event.native_id}")
        for entry in reports_of(labelled)
    ]


def by_minhash(labelled: Sequence[Labelled], threshold: float = MINHASH_AT) -> list[Decision]:
    """Return the partition by near-duplicate texts: a report joins the most similar earlier one.

    Raises `HubError` if datasketch is missing; it is in the extra `learn`.
    """
    try:
        from datasketch import MinHash, MinHashLSH
    except ImportError as error:
        detail = "the MinHash baseline needs datasketch: pip install 'minqing-hub[learn]'"
        raise HubError(detail) from error
    index = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
    cases: dict[str, str] = {}
    hashes: dict[str, MinHash] = {}
    decisions = []
    for entry in reports_of(labelled):
        text = f"{entry.event.title} {entry.event.content}"
        key, hashed = str(entry.event.event_id), MinHash(num_perm=PERMUTATIONS)
        hashed.update_batch([text[at : at + 2].encode() for at in range(len(text) - 1)])
        similar = index.query(hashed)
        most_similar = max(
            similar, key=lambda other: (hashes[other].jaccard(hashed), other), default=key
        )
        cases[key] = cases.get(most_similar, key)
        hashes[key] = hashed
        index.insert(key, hashed)
        decisions.append(Decision(entry, cases[key]))
    return decisions
