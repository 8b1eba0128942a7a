"""What merging is compared with 对照: a system that knows its own numbers, and plain MinHash."""

from collections.abc import Sequence

import click

from hub.lab.evaluation.quality import Decision, Labelled
from schemas.fact import Kind

MINHASH_AT = 0.7
"""Estimated Jaccard similarity of character pairs: of 0.2, 0.25 … 0.9 the best F1 on `learn`."""
PERMUTATIONS = 128


def reports_of(labelled: Sequence[Labelled]) -> list[Labelled]:
    """Return the reports: only they are brought together."""
    return [one for one in labelled if one.event.kind is Kind.REPORT]


def by_exact_id(labelled: Sequence[Labelled]) -> list[Decision]:
    """Return the partition of a system that knows its own numbers only: the usual rule of thumb."""
    return [
        Decision(one, f"{one.event.channel}/{one.event.parent_id or one.event.native_id}")
        for one in reports_of(labelled)
    ]


def by_minhash(labelled: Sequence[Labelled], threshold: float = MINHASH_AT) -> list[Decision]:
    """Return the partition by near-duplicate texts: each report joins the likest earlier one.

    Raises `click.ClickException` where datasketch, which is in the extra `learn`, is missing.
    """
    try:
        from datasketch import MinHash, MinHashLSH
    except ImportError as error:
        detail = "the MinHash baseline needs datasketch: pip install 'minqing-hub[learn]'"
        raise click.ClickException(detail) from error
    index = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
    cases: dict[str, str] = {}
    hashes: dict[str, MinHash] = {}
    decisions = []
    for one in reports_of(labelled):
        text = f"{one.event.title} {one.event.content}"
        key, hashed = str(one.event.event_id), MinHash(num_perm=PERMUTATIONS)
        hashed.update_batch([text[at : at + 2].encode() for at in range(len(text) - 1)])
        found = index.query(hashed)
        likest = max(found, key=lambda other: (hashes[other].jaccard(hashed), other), default=key)
        cases[key] = cases.get(likest, key)
        hashes[key] = hashed
        index.insert(key, hashed)
        decisions.append(Decision(one, cases[key]))
    return decisions
