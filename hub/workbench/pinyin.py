"""Finding names by characters or pinyin 拼音查找: 城管局 by 城管, chengguan or cgj. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache


@lru_cache(maxsize=20_000)
def spelling(name: str) -> tuple[str, str]:
    """Return a name in full pinyin without tones, and its initials: chengguanju, cgj."""
    # Loaded with the first name: most processes of the hub spell none.
    from pypinyin import lazy_pinyin

    syllables = [syllable.lower() for syllable in lazy_pinyin(name)]
    return "".join(syllables), "".join(syllable[:1] for syllable in syllables)


@dataclass(frozen=True, slots=True)
class NameIndex:
    """Names by a key; several keys may share a name."""

    names: Mapping[str, str]

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> "NameIndex":
        """Return the index of pairs of key and name."""
        return cls(dict(pairs))

    def find(self, text: str, most: int) -> list[str]:
        """Return at most `most` keys whose name matches, best first; all keys match no text.

        A name that begins with the text comes before one that contains it, then initials, then
        full pinyin.
        """
        wanted = text.strip().lower()
        ranked = [
            (rank, len(name), name, key)
            for key, name in self.names.items()
            if (rank := match_rank(name, wanted)) is not None
        ]
        return [key for *_, key in sorted(ranked)[:most]]


def match_rank(name: str, wanted: str) -> int | None:
    """Return how well a name matches a lower-case text, 0 best; None if it does not."""
    full, initials = spelling(name)
    tests = (
        name.lower().startswith(wanted),
        wanted in name.lower(),
        initials.startswith(wanted),
        full.startswith(wanted),
        wanted in initials,
        wanted in full,
    )
    return next((rank for rank, holds in enumerate(tests) if holds), None)
