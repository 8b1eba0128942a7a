"""Why two cases may be one matter, in words 比对理由: for a person who decides. Pure."""

from collections.abc import Mapping
from typing import Any

from streams.matching.compare import BY_THE_WAY, FEW_WORDS, NO_PLACE
from streams.matching.weights import SETTLED

SPEAK_FOR: Mapping[str, str] = {
    "copied": "文字完全相同",
    "same_reporter": "同一诉求人",
    "attachment": "附件相同",
    "same_object": "被反映对象相同",
    "marks": "楼栋、单元、车牌等相同",
    "same_name": "同一地名",
    SETTLED: "落在同一网格或同一地点",
    "near": "位置相近",
    "text_place": "内容和地点都相近",
    "title_place": "标题和地点都相近",
    "trouble": "事由相同",
    "same_leaf": "事项类别相同",
    "place": "地点的写法相近",
    "title": "标题用词相近",
    "text": "内容用词相近",
    "words": "用词有重合",
    "characters": "用字有重合",
    "sounds": "读音有重合",
}
"""Feature → what it says for one matter."""
SPEAK_AGAINST: Mapping[str, str] = {
    "far": "相距二百米以上",
    "other_place": "写的是不同的地点",
    "other_trouble": "事由不同",
    "other_leaf": "事项类别不同",
    "days": "相隔时间较长",
}
"""Feature → what it says against it."""
ALIKE_OR_NOT = ("trouble", "other_trouble")
"""Two features of one comparison, which would contradict each other in words."""
BARS: Mapping[str, str] = {
    "a person is the object of one only": "只有一件反映的是个人",
    "different objects": "被反映对象不同",
    "different places": "地点不同",
    "different grids": "所在网格不同",
    BY_THE_WAY: "一件的地点，另一件只是顺带提到",
    NO_PLACE: "没有共同的地点",
    FEW_WORDS: "共同的词很少",
}
"""Rule that forbids a machine to merge → what it says against one matter."""
OTHER_BAR = "楼栋、单元、车牌、单位等标识不同"
"""The other rules name a kind of identifier that both texts have, with nothing in common."""
MOST = 5
"""Reasons on each side."""
LEAST = 0.2
"""Contribution, in the logarithm of the odds, below which a feature is not worth a word."""


def reasons(evidence: Mapping[str, Any], barred: str = "") -> tuple[list[str], list[str]]:
    """Return what speaks for and what against one matter, the strongest first.

    `evidence` has the `features` and `weights` of a comparison. A feature counts by its value times
    its weight. One that counts against its own sense, because others that go with it count too
    much, is left out: it would only confuse. Matters that are alike in part speak for and against:
    only the stronger is named.
    """
    weights = evidence.get("weights") or {}
    counted = {
        name: float(value) * float(weights.get(name, 0.0))
        for name, value in (evidence.get("features") or {}).items()
    }
    weaker = min(ALIKE_OR_NOT, key=lambda name: abs(counted.get(name, 0.0)))
    counted.pop(weaker, None)
    ranked = sorted(counted, key=lambda name: (-abs(counted[name]), name))
    speaking_for = [SPEAK_FOR[n] for n in ranked if n in SPEAK_FOR and counted[n] >= LEAST]
    against = [SPEAK_AGAINST[n] for n in ranked if n in SPEAK_AGAINST and counted[n] <= -LEAST]
    if barred:
        against.insert(0, BARS.get(barred, OTHER_BAR))
    return speaking_for[:MOST], list(dict.fromkeys(against))[:MOST]
