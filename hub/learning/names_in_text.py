"""Names of quarters, roads, schools, firms and stations in a text 地名标注, by a rule on suffixes.

Used for `hub places suggested`, where a person looks at every name: a wrong one costs a glance.
"""

import re
from collections.abc import Callable, Iterable

from streams.matching.text import normalise

TagNames = Callable[[str, str], Iterable[tuple[str, str]]]
"""`tag(title, content)` → (name, kind) of the register; names as `normalise` writes them."""

KINDS = {
    "quarter": "小区 花园 家园 新村 公寓 安置房 社区 苑 府",
    "road": "大道 路 街 巷 高架 高速",
    "village": "村",
    "landmark": "学校 小学 中学 大学 幼儿园 医院 卫生院 车站 地铁站 公交站 加油站 基站 市场 广场"
    " 公园 大厦 商场 超市 酒店 公司 工厂 工业园 水库",
}
"""Kind in the register → the words with which names of this kind end."""
READ = 400
"""Characters of a text that are read."""
_KIND_OF = {ending: kind for kind, endings in KINDS.items() for ending in endings.split()}
_ENDINGS = "|".join(sorted(_KIND_OF, key=lambda ending: (-len(ending), ending)))
_NAME = re.compile(rf"[\u4e00-\u9fff]{{2,8}}?(?:{_ENDINGS})(?![口费灯面边民])")
_BEFORE = re.compile(
    r".*(?:位于|住在|家住|反映|投诉|举报|请问|关于|我们|我是|我家|附近|旁边|对面|这个|那个|一个|一条"
    r"|[的在是了我你他她它这那把被让给都也就还没不有去将从因和与到至及住个每本该某])"
)
_SHORTEST = 2
"""Characters that a name has before its ending."""


def names_by_suffix(title: str, content: str) -> list[tuple[str, str]]:
    """Return name and kind of each place in a text, each once, in order."""
    text = normalise(f"{title} {content}")[:READ]
    names: dict[str, str] = {}
    for match in _NAME.finditer(text):
        name = _BEFORE.sub("", match[0])
        ending = next((e for e in _KIND_OF if name.endswith(e)), "")
        longest = max((e for e in _KIND_OF if name.endswith(e)), key=len, default=ending)
        if longest and len(name) - len(longest) >= _SHORTEST:
            names.setdefault(name, _KIND_OF[longest])
    return list(names.items())
