"""Tags the place names of a text 地名标注, whether or not a register has them.

A name ends with a word for a kind of place (小区, 路, 学校, 公司 …) and begins after a boundary: a
punctuation mark, a division (A3区), or a word that no name contains (位于, 我是, 投诉 …).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

LONGEST = 10
"""Characters of a name before the word for its kind. More is a sentence, not a name."""
READ = 300
"""Characters of a text that are read. The place of a matter stands in the title or soon after."""
CACHED_TEXTS = 20_000
"""Texts whose names are cached, less than 1 kB each."""
MOST = 12
"""Names that are kept of one text."""
OPENING = 80
"""Characters at the beginning of a content that most often name the place of the matter."""
TITLE, FIRST, LATER, BY_THE_WAY = 1.0, 0.8, 0.4, 0.15
"""How surely a name is the place of the matter: by where it stands, and by the words around it."""

_ENDINGS = """
小区 花园 家园 佳园 嘉园 新村 山庄 公寓 大厦 广场 公园 国际城 国际 新城 花城 名城 小镇 楼盘
别墅 社区 安置区 宿舍 家属院 大院 苑 府 城 郡 庭 湾 居 里 墅 园 村 组 镇 街道 大道 路 街 巷 弄
胡同 高架 高速 国道 省道 学校 小学 中学 大学 学院 幼儿园 医院 卫生院 诊所 车站 地铁站 公交站
加油站 垃圾站 变电站 基站 站 号线 路公交 大桥 桥 隧道 市场 商场 超市 商业街 步行街 夜市 饭店
酒店 宾馆 餐馆 网吧 ktv 公司 集团 物业 工厂 项目 工地 工业园 开发区 产业园 水库 河 湖 山 派出所
银行 寺 门诊 停车场 有限公司 股份有限公司 有限责任公司 总公司 分公司 菜场 体育馆 图书馆 车管所
殡仪馆
"""
_KINDS = frozenset(_ENDINGS.split())
_BOUNDARY = """
位于 我是 我们 我在 本人 大家 业主 居民 住户 住在 家住 反映 投诉 举报 咨询 请问 请求 恳请 希望
建议 关于 要求 强烈 反对 严重 解决 关注 彻查 取缔 质疑 询问 再次 尊敬 领导 书记 您好 你好 市长
县长 局长 问题 情况 相关 部门 政府 附近 旁边 对面 周边 门口 居住 购买 购房 因为 由于 以及 并且
而且 但是 可以 能否 能不能 什么 怎么 为何 为什么 何时 这个 那个 该 本 某 联系 质问 找到 开发商
打电话 整个 所有 每个 各个 一个 一家 几个 许多 多个 附近的 自己 他们 她们 你们 经过 途经 通过
根据 按照 关闭 建设 修建 新建 在建 规划 配套 导致 移交 监管局 教育局
的 在 是 了 我 你 他 她 它 这 那 把 被 让 给 都 也 就 还 没 不 有 去 将 所 从 因 请 无 全 每
"""
_BOUNDARIES = frozenset(_BOUNDARY.split())
_LOOSE = "和与至到向对于及住离距往等进出"
"""Boundaries that are also a part of names (和平路): they count if enough of the name is left."""
_GENERAL = """
一 二 三 四 五 六 七 八 九 十 几 多 两 个 本 该 某 各 同 新 老 大 小 旧 公 私 农 商 住 安置 居民
住宅 高档 整个 全 附近 一个 周边 业主 配套 开发 公办 民办 公立 私立 普惠 建筑 施工 房地产 地产
置业 有限 股份 责任 分 子 总 市 区 县 省 国 城 乡 镇 出 进 马 公 道 热力 燃气 自来水 供水 供电
电力 公交 地铁 保险 旅游 快递 物业 服务 管理 科技 投资 中介 装修 工程 劳务 门面 临街 沿街 餐饮
房产 一条 这条 那条 修 走 过 上 下 前 后 左 右 东 南 西 北 中 出口 入口 十字 交叉 人行 非机动车
机动车 主干 支 断头 泥巴 水泥
"""
_GENERIC = frozenset(_GENERAL.split())
"""What stands before a word for a kind without naming anything: 本小区, 商业街, 开发公司."""
_DIVISION = re.compile(r"[a-z]?[0-9]*[省市区县](?=[\u4e00-\u9fff0-9a-z])")
_NOT_BEFORE = {
    "居": "民住然委",
    "城": "市区管乡镇投建",
    "里": "面边头程的巷",
    "组": "织成建长",
    "园": "区林内",
    "河": "道",
    "街": "道口",
    "路": "灯费由",
    "社区": "工",
    "国际": "化",
}
"""What makes of a kind another word if it follows: 居民, 城市."""
_NOT_AFTER = {
    "府": "政",
    "路": "公线道马走",
    "公司": "个",
    "市场": "对向",
    "居": "民",
    "城": "进商",
}
"""What makes of a kind another word if it stands before: 政府, 马路."""
_KIND = re.compile("|".join(sorted(_KINDS, key=lambda kind: (-len(kind), kind))))
_BEFORE = re.compile("|".join(sorted(_BOUNDARIES, key=lambda word: (-len(word), word))))
_RUN = re.compile(r"[0-9a-z\u4e00-\u9fff·.]+")
_ON_THE_WAY = re.compile(r"(?:去|往|从|到|至|回|像|如|比如|例如|参照|学习|距|离|距离)$")
_AFTERWARDS = re.compile(r"(?:的?路上|方向|那边|一样|那里一样)")


@dataclass(frozen=True, slots=True)
class PlaceTag:
    """A place name in a text: the name, its kind, and how surely it is the place, 0..1."""

    name: str
    kind: str
    weight: float


@lru_cache(maxsize=CACHED_TEXTS)
def place_tags(title: str, content: str) -> tuple[PlaceTag, ...]:
    """Return the place names of a normalised title and content, each once, surest first."""
    best: dict[str, PlaceTag] = {}
    for in_title, text in ((True, title[:READ]), (False, content[:READ])):
        for at, name, kind, weight in _names_in(text):
            weight *= TITLE if in_title else FIRST if at < OPENING else LATER
            known = best.get(name)
            if known is None or known.weight < weight:
                best[name] = PlaceTag(name, kind, round(weight, 4))
    tags = sorted(best.values(), key=lambda tag: (-tag.weight, -len(tag.name), tag.name))
    return tuple(tags[:MOST])


def _names_in(text: str) -> Iterator[tuple[int, str, str, float]]:
    """Yield position, name, kind and weight of each name, from left to right."""
    for run in _RUN.finditer(text):
        words, offset = run[0], run.start()
        start = 0
        for match in _KIND.finditer(words):
            kind, end = match[0], match.end()
            begin = _beginning(words, max(start, match.start() - LONGEST), match.start())
            proper = words[begin : match.start()]
            if not _names(proper, kind) or words[end : end + 1] in _NOT_BEFORE.get(kind, ()):
                continue
            start = end
            way = named_by_the_way(words, begin, end)
            yield offset + begin, words[begin:end], kind, BY_THE_WAY if way else 1.0


def named_by_the_way(text: str, begin: int, end: int) -> bool:
    """Whether the words around a name show that it is not the place of the matter: 去…的路上."""
    before, after = text[max(0, begin - 2) : begin], text[end : end + 4]
    return bool(_ON_THE_WAY.search(before) or _AFTERWARDS.match(after))


def _beginning(words: str, start: int, end: int) -> int:
    """Return where the name begins that ends before `end`: after the last boundary."""
    for match in _DIVISION.finditer(words, start, end):
        start = match.end()
    for match in _BEFORE.finditer(words, start, end):
        start = match.end()
    for at in range(end - 2, start - 1, -1):
        if words[at] in _LOOSE and end - at - 1 >= 2:
            return at + 1
    return start


def _names(proper: str, kind: str) -> bool:
    """Whether the characters before a kind are a name of their own."""
    if not proper or proper in _GENERIC or proper in _KINDS:
        return False
    if proper[-1] in _NOT_AFTER.get(kind, ""):
        return False
    # A kind of one character is also a part of ordinary words.
    return len(proper) > 1 or len(kind) > 1
