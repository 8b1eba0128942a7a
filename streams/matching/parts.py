"""Several matters in one message 一件多诉: recognised, and offered to the dispatcher as parts.

A text is cut where its writer cut it: at numbered points, at words such as 另外 and 其次, and at
line breaks. Pieces of one leaf, or of none, belong together. There are parts only where at least
two pieces are surely of different families, since most letters list reasons for one complaint.
Nothing is split by itself.
"""

import re
from collections.abc import Iterator

from schemas.reports.demand import EXCERPT, Part
from streams.matching.classify import IssueClassifier
from streams.matching.text import normalised_text

SURE_PART = 0.8
"""Confidence from which a piece is a matter of its own. A piece is short, so it is above `SURE`."""
SHORTEST, LONGEST = 14, 400
"""Characters: a shorter piece belongs to the next one, if any; of a longer one the head is read."""
READ = 4000
"""Characters of a text in which parts are sought."""
MOST_PIECES = 12
"""Pieces of a text that are classified: the work for a message is bounded."""
_CUT = re.compile(
    r"(?:(?<=[。！？；!?;\n\s:：，,])|^)"
    r"(?=(?:[一二三四五六七八九][、.．:：]|[（(][一二三四五六七八九1-9][)）]|[1-9][、.．:：](?![0-9])|[①-⑨]"
    r"|第[一二三四五六][、，,点个是，：:]|[一二三四五六]是|其[一二三][、，,：:]|其次|再次|再者|另外|此外|另：|另,|另，|还有(?:一|个|就)|还有[，,：:]"
    r"|同时[，,]?(?:反映|投诉|还)|顺便))"
    r"|\n+"
)
_ACCOMPANIES = ("governance.", "legal.")
"""Families that accompany a matter: complaints about officials, threats to sue."""


def parts_of(content: str, classifier: IssueClassifier) -> tuple[Part, ...]:
    """Return the matters of a text, in order; none if it has one matter only.

    Bounded time: reads at most `READ` characters, and classifies at most `MOST_PIECES` pieces.
    """
    cuts = [match.start() for match in _CUT.finditer(content, 0, READ)]
    if not cuts or classifier.model is None:
        return ()
    parts: list[Part] = []
    for begin, end in _pieces(content[:READ], cuts):
        piece = classifier.classify(normalised_text("", content[begin : min(end, begin + LONGEST)]))
        if piece.confidence < SURE_PART or piece.leaf.startswith(_ACCOMPANIES):
            continue
        if parts and parts[-1].category == piece.leaf:
            parts[-1] = parts[-1].model_copy(update={"end": end})
            continue
        excerpt = content[begin : min(end, begin + EXCERPT)].strip()
        parts.append(
            Part(
                category=piece.leaf,
                confidence=piece.confidence,
                begin=begin,
                end=end,
                excerpt=excerpt,
            )
        )
    families = {part.category.partition(".")[0] for part in parts}
    return tuple(parts) if len(families) > 1 else ()


def _pieces(text: str, cuts: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the beginning and end of each piece; a short one belongs to the next."""
    ends = [*cuts[: MOST_PIECES - 1], len(text)]
    begin = 0
    for end in ends:
        if end - begin >= SHORTEST:
            yield begin, end
            begin = end
