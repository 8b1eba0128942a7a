"""Wording 用语: what a citizen wrote, in one spelling, and the marks in it that tell things apart.

Full-width, traditional, Chinese numerals and pinyin slips are levelled first: 三号樓, ３号楼 and
3号楼 are one building, and 性福小区 sounds as 幸福小区.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from sys import intern
from types import MappingProxyType

import numpy as np
import rjieba
from opencc import OpenCC
from pypinyin import lazy_pinyin

from schemas.event import Place
from streams.matching.fingerprint import Bits, Codes, pairs_of, print_of

_SIMPLIFIED = OpenCC("t2s")
_DIGITS = {character: str(n) for n, character in enumerate("零一二三四五六七八九")}
_DIGITS |= {"〇": "0", "两": "2", "俩": "2"}
_SCALES = {"十": 10, "百": 100, "千": 1000}
_COUNTED = "号栋幢座单楼层室路线巷弄区期队组米块元万天周月年点岁户人次台辆"
_NUMERAL = re.compile(rf"[零〇一二三四五六七八九两十百千]+(?=[{_COUNTED}])")
_OTHER = re.compile(r"[^0-9a-z\u4e00-\u9fff]+")
_BUILDING = re.compile(r"([0-9]{1,3}|[a-h])(?:号楼|号院|栋|幢|座)")
_UNIT = re.compile(r"([0-9]{1,2})单元")
_DOOR = re.compile(r"(?:路|街|巷|道|弄)([0-9]{1,4})号(?!楼|线)")
_LINE = re.compile(r"([0-9]{1,4})路(?!口|段|以)")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][a-z](?:[0-9a-z]{5,6}|\*{3}[0-9a-z港澳学警挂领]{2})"
)
_BODY = re.compile(
    r"([\u4e00-\u9fff]{2})"
    r"(?:建筑|建设|劳务|装饰|装修|物业|科技|实业|贸易|食品|化工|环保|置业|集团|股份|有限)*"
    r"(学校|小学|中学|幼儿园|医院|诊所|公司|超市|饭店|餐馆|酒店|物业|工厂|厂|商行|商店|药店|ktv)"
)
_TRADES = """
热力 燃气 供电 来水 公交 电力 电信 保险 快递 外卖 出租 网约 搬家 开发 施工 保洁 劳务 建筑 装修 物业
食品 化工 中心 实验 职业 寄宿 培训 驾驶 民办 公办 重点 社区 人民 中医 妇幼 口腔 私人 五金 建材 连锁
生鲜 水泥 机械 农贸
"""
_NOT_NAMES = frozenset(_TRADES.split())
_NO_NAME = frozenset(
    "的这那我们他她它你个某该本一两几在是去到有和跟里开边旁附近门口间所对面哪每同各"
)
_FOLDED = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in"))
_STOP = """
的 了 是 在 我 我们 你 你们 他 她 它 这 那 这个 那个 这里 那里 有 没有 没 不 也 都 就 还
又 很 和 与 及 或 被 把 给 到 从 对 让 请 请问 您好 你好 希望 反映 投诉 市民 来电 尽快
处理 解决 相关 部门 有关 问题 情况 现在 一直 已经 什么 怎么 时候 能 能不能 可以 要 会 去
来 说 啊 呢 吧 吗 嘛 呀 哦 一下 一个 个 人 家 天 好几天 谢谢 麻烦 领导 附近 旁边 门口
里面 上 下 里 前 后
"""
STOP_WORDS = frozenset(_STOP.split())
"""Words that complaints of all kinds have."""
REMEMBERED = 20_000
"""Texts of which it is remembered what they say, about 2 kB each: a report is read again with each
that may be like it, for as long as its case is open."""
UNPACKED = 2_000
"""Texts whose sets are kept as they are compared, about 12 kB each: those that came lately."""


@dataclass(frozen=True, slots=True, eq=False)
class Wording:
    """A text as it is compared.

    Equal texts are one object (`wording` remembers), so that what is known of it can be too.
    """

    text: str
    pairs: Codes
    """Each two characters that follow each other, by their code points as one number."""
    heard: Codes
    """As `pairs`, of how the characters sound."""
    said: tuple[str, ...]
    """Its words, each once."""
    marks: Mapping[str, frozenset[str]]
    """What tells one thing from another of its kind, by kind, where it tells any."""
    bits: Bits

    @property
    def grams(self) -> frozenset[int]:
        """Return the pairs of characters; of an empty text the pair of nothing."""
        return _sets_of(self)[0]

    @property
    def sounds(self) -> frozenset[int]:
        """Return the pairs of sounds."""
        return _sets_of(self)[1]

    @property
    def words(self) -> frozenset[str]:
        """Return the words."""
        return _sets_of(self)[2]


@lru_cache(maxsize=UNPACKED)
def _sets_of(told: Wording) -> tuple[frozenset[int], frozenset[int], frozenset[str]]:
    return _set_of(told.pairs), _set_of(told.heard), frozenset(told.said)


def _number(numeral: str) -> str:
    """Return 二十三 as 23, and 二〇五 as 205, digit by digit."""
    if not any(character in _SCALES for character in numeral):
        return "".join(_DIGITS[character] for character in numeral)
    total, digit = 0, 0
    for character in numeral:
        scale = _SCALES.get(character)
        if scale is None:
            digit = int(_DIGITS[character])
        else:
            total, digit = total + (digit or 1) * scale, 0
    return str(total + digit)


@lru_cache(maxsize=REMEMBERED)
def level(text: str) -> str:
    """Return a text in one spelling: NFKC, lower case, simplified, 三号楼 as 3号楼."""
    plain = _SIMPLIFIED.convert(unicodedata.normalize("NFKC", text).lower())
    return _NUMERAL.sub(lambda found: _number(found[0]), plain)


def sound(text: str) -> tuple[str, ...]:
    """Return how each character sounds, without tones, dialect confusions folded (zh z, n l, ng n).

    A character that is no Chinese one is itself. Characters are read one by one: a polyphone is
    then read wrongly, but always in the same way.
    """
    return tuple(map(_syllable, text))


@cache
def _syllable(character: str) -> str:
    (syllable,) = lazy_pinyin(character)
    for said, kept in _FOLDED:
        syllable = syllable.replace(said, kept)
    return f"n{syllable[1:]}" if syllable.startswith("l") else str(syllable)


class _Heard(dict[str, int]):
    """Character → number of how it sounds, the same for all that sound alike."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers: dict[str, int] = {}

    def __missing__(self, character: str) -> int:
        self[character] = self._numbers.setdefault(_syllable(character), len(self._numbers) + 1)
        return self[character]


_HEARD = _Heard()
_NO_MARKS: Mapping[str, frozenset[str]] = MappingProxyType({})


def _set_of(pairs: Codes) -> frozenset[int]:
    return frozenset(pairs.tolist() or (0,))


def wording_at(title: str, content: str, place: Place) -> Wording:
    """Return the wording of what was told of a place, its name left out as it was said."""
    return wording(title, content, place.said or place.name)


def _bodies(text: str) -> Iterator[str]:
    """Yield firms, shops, schools … by the sound of the end of their name, and their kind.

    Only names: 我们公司, 旁边的超市 and 热力公司 are none.
    """
    for name, kind in _BODY.findall(text):
        if not _NO_NAME.intersection(name) and name not in _NOT_NAMES:
            yield f"{' '.join(sound(name))} {kind}"


@lru_cache(maxsize=REMEMBERED)
def wording(title: str, content: str, without: str = "") -> Wording:
    """Return the wording of title and content, the place's name `without` left out.

    The place has a weight of its own; its name must not make texts alike.
    """
    text = level(f"{title} {content}")
    plain = text.replace(level(without), "") if without else text
    kept = _OTHER.sub("", plain)
    words = {intern(word) for word in rjieba.cut(kept) if word not in STOP_WORDS}
    codes = np.frombuffer(kept.encode("utf-16-le"), dtype=np.uint16).astype(np.uint32)
    pairs = pairs_of(codes)
    heard = pairs_of(np.fromiter(map(_HEARD.__getitem__, kept), np.uint32, len(kept)))
    bodies = frozenset(_bodies(plain))
    marks = {
        "buildings": frozenset(_BUILDING.findall(text)) | {f"/{n}" for n in _DOOR.findall(text)},
        "units": frozenset(_UNIT.findall(text)),
        "lines": frozenset(_LINE.findall(text)),
        "plates": frozenset(_PLATE.findall(text)),
    }
    for kind in sorted({body.rpartition(" ")[2] for body in bodies}):
        marks[kind] = frozenset(body for body in bodies if body.endswith(f" {kind}"))
    return Wording(
        text=kept,
        pairs=pairs,
        heard=heard,
        said=tuple(words),
        marks={kind: found for kind, found in marks.items() if found} or _NO_MARKS,
        bits=print_of(pairs, heard, words),
    )
