"""Keys by which firms with a similar name are found 检索键: by spelling and by sound. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping

from streams.matching.firms.name import SHORTEST_BRAND, FirmName
from streams.matching.text import sound

MOST_PAIRS = 8
"""Pairs of a brand that are keys: a name whose trade is not known may be long."""
ALL, WHOLE, SOUND = "!", "=", "~"
"""Prefixes of keys: all parts, brand and trades, the sound of the brand. A pair has none."""
MOST_OF_KEY = 300
"""Firms of one key that are looked at; what more firms share tells none of them apart."""
MOST_COMPARED = 100
"""Firms that are compared with one name."""
_WEIGHTS = {ALL: 16, WHOLE: 4, SOUND: 2}


def keys_of(name: FirmName) -> list[str]:
    """Return the keys of a name, each once, the most telling first; none for one without a brand.

    They are all parts, brand and trades as a whole, the sound of the brand, and the pairs of
    adjacent characters of the brand. Two names that differ in one character of a brand of three,
    or of which one has a part of the other's brand, have a key in common.
    """
    if not name.brand:
        return []
    everything = f"{''.join(name.regions)}{name.core}{name.branch}"
    keys = [f"{ALL}{everything}", f"{WHOLE}{name.core}"]
    if len(name.brand) >= SHORTEST_BRAND:
        keys.append(f"{SOUND}{' '.join(sound(name.brand))}")
        pairs = zip(name.brand, name.brand[1:], strict=False)
        keys += dict.fromkeys(map("".join, list(pairs)[:MOST_PAIRS]))
    return keys


def shortlist(keys: Iterable[str], firms_of: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the codes of the firms that have most of the keys, at most `MOST_COMPARED`."""
    shared: Counter[str] = Counter()
    for key in keys:
        for code in firms_of.get(key, ()):
            shared[code] += _WEIGHTS.get(key[0], 1)
    ranked = sorted(shared.items(), key=lambda item: (-item[1], item[0]))
    return [code for code, _ in ranked[:MOST_COMPARED]]
