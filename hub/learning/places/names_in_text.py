"""Place names in a text, with the kinds of the register 地名标注."""

from collections.abc import Callable, Iterable

from streams.matching.places import place_tags

TagNames = Callable[[str, str], Iterable[tuple[str, str]]]
"""`tag(title, content)` → (name, kind of the register) of each place in a text."""

ENDINGS = {
    "road": "大道 路 街 巷 弄 胡同 高架 高速 国道 省道 步行街 商业街",
    "village": "村 组 镇 街道",
    "quarter": "小区 花园 家园 佳园 嘉园 新村 山庄 公寓 国际城 新城 花城 名城 楼盘 别墅 社区 安置区"
    " 宿舍 家属院 大院 苑 府 城 郡 庭 湾 居 里 墅 园",
}
"""Kind of the register → the endings of its names. All others are landmarks."""
_KIND_OF = {ending: kind for kind, endings in ENDINGS.items() for ending in endings.split()}
SUREST = 0.3
"""Weight of a name from which it is suggested: one that is only named by the way is not."""


def names_in_text(title: str, content: str) -> list[tuple[str, str]]:
    """Return name and kind of each place that a text is about, surest first."""
    return [
        (tag.name, _KIND_OF.get(tag.kind, "landmark"))
        for tag in place_tags(title, content)
        if tag.weight >= SUREST
    ]
