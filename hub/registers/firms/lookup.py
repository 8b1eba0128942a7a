"""Candidates of the register 候选主体: the store finds them by keys, no process holds them all."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from hub.store.client import Store
from streams.matching.firms.evidence import Spot
from streams.matching.firms.keys import MOST_OF_KEY, keys_of, shortlist
from streams.matching.firms.name import registered_names
from streams.matching.firms.resolve import Candidate, Mention, Resolution, resolve

BY_KEY = """
SELECT key, code FROM firm_keys WHERE key IN {keys:Array(String)}
ORDER BY key, code LIMIT {most:UInt32} BY key"""
BY_CODE = """
SELECT code, name, address, grid_code, division_code, standing FROM firms FINAL
WHERE code IN {codes:Array(String)}"""
AT_ONCE = 100
"""Mentions of one query: each may have a hundred candidates."""


def resolutions(
    store: Store, mentions: Sequence[Mention], regions: frozenset[str]
) -> list[Resolution]:
    """Return the answer for each mention, with two queries for `AT_ONCE`. Raises engine errors."""
    return [
        answer
        for start in range(0, len(mentions), AT_ONCE)
        for answer in _resolutions(store, mentions[start : start + AT_ONCE], regions)
    ]


def _resolutions(
    store: Store, mentions: Sequence[Mention], regions: frozenset[str]
) -> list[Resolution]:
    keys = [[key for name in mention.names for key in keys_of(name)] for mention in mentions]
    firms_of = _firms_of(store, {key for each in keys for key in each})
    codes = [
        [*shortlist(each, firms_of), *([mention.code] if mention.code else [])]
        for mention, each in zip(mentions, keys, strict=True)
    ]
    known = _candidates(store, {code for each in codes for code in each}, regions)
    return [
        resolve(mention, [known[code] for code in dict.fromkeys(each) if code in known])
        for mention, each in zip(mentions, codes, strict=True)
    ]


def _firms_of(store: Store, keys: Iterable[str]) -> Mapping[str, Sequence[str]]:
    listed = sorted(keys)
    firms: dict[str, list[str]] = defaultdict(list)
    if listed:
        for key, code in store.rows(BY_KEY, {"keys": listed, "most": MOST_OF_KEY}):
            firms[key].append(code)
    return firms


def _candidates(
    store: Store, codes: Iterable[str], regions: frozenset[str]
) -> Mapping[str, Candidate]:
    listed = sorted(codes)
    rows = store.rows(BY_CODE, {"codes": listed}) if listed else []
    return {
        code: Candidate(
            code,
            registered_names(name, regions),
            Spot(grid, division, address),
            is_current=standing == "current",
        )
        for code, name, address, grid, division, standing in rows
    }
