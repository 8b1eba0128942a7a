"""Normalised text 用语: the text of a report in one spelling, and the identifiers in it.

Normalising unifies full-width and traditional characters and Chinese numerals: 三号樓, ３号楼 and
3号楼 are one building. The phonetic form catches wrong characters: 性福小区 sounds like 幸福小区.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from sys import intern
from types import MappingProxyType

import numpy as np
from opencc import OpenCC

from schemas.reports.event import Place
from streams.matching.fingerprint import Codes, pairs_of
from streams.matching.places import PlaceTag, place_tags

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
_ORGANISATION = re.compile(
    r"([\u4e00-\u9fff]{2})"
    r"(?:建筑|建设|劳务|装饰|装修|物业|科技|实业|贸易|食品|化工|环保|置业|集团|股份|有限)*"
    r"(学校|小学|中学|幼儿园|医院|诊所|公司|超市|饭店|餐馆|酒店|物业|工厂|厂|商行|商店|药店|ktv)"
)
_TRADES = """
热力 燃气 供电 来水 公交 电力 电信 保险 快递 外卖 出租 网约 搬家 开发 施工 保洁 劳务 建筑 装修 物业
食品 化工 中心 实验 职业 寄宿 培训 驾驶 民办 公办 重点 社区 人民 中医 妇幼 口腔 私人 五金 建材 连锁
生鲜 水泥 机械 农贸 联系 质问 询问 咨询 投诉 反映 要求 找到 协商 沟通 告知 答复 回复 催促 认为 通知
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
"""Common words, which say nothing about the matter of a complaint."""
CACHED_TEXTS = 20_000
"""Normalised texts that are cached, about 2 kB each.

A report is compared again with each similar report for as long as its case is open.
"""
CACHED_SETS = 2_000
"""Texts whose sets are cached, about 12 kB each: those that were compared last."""


@dataclass(frozen=True, slots=True, eq=False)
class NormalisedText:
    """A text in the form in which it is compared.

    `normalised_text` caches its results, so equal texts are usually one object. What is computed
    for that object can then be cached too.
    """

    text: str
    pairs: Codes
    """Pairs of adjacent characters, each as one number of their code points."""
    words: tuple[str, ...]
    """The words, each once."""
    identifiers: Mapping[str, frozenset[str]]
    """Kind → the identifiers of that kind, such as the numbers of buildings. No kind is empty."""

    @property
    def phonetic(self) -> Codes:
        """Return pairs as in `pairs`, but of the sounds of the characters."""
        return pairs_of(_SOUND_NUMBERS.of(codes_of(self.text)))

    @property
    def pair_set(self) -> frozenset[int]:
        """Return the set of `pairs`; of an empty text the set of 0."""
        return _sets_of(self)[0]

    @property
    def phonetic_set(self) -> frozenset[int]:
        """Return the set of `phonetic`; of an empty text the set of 0."""
        return _sets_of(self)[1]

    @property
    def word_set(self) -> frozenset[str]:
        """Return the set of `words`."""
        return _sets_of(self)[2]


@lru_cache(maxsize=CACHED_SETS)
def _sets_of(text: NormalisedText) -> tuple[frozenset[int], frozenset[int], frozenset[str]]:
    return _set_of(text.pairs), _set_of(text.phonetic), frozenset(text.words)


def _number(numeral: str) -> str:
    """Return a Chinese numeral in digits: 二十三 as 23; 二〇五, which has no 十, as 205."""
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


@lru_cache(maxsize=CACHED_TEXTS)
def normalise(text: str) -> str:
    """Return a text in one spelling: NFKC, lower case, simplified, 三号楼 as 3号楼."""
    plain = _SIMPLIFIED.convert(unicodedata.normalize("NFKC", text).lower())
    return _NUMERAL.sub(lambda match: _number(match[0]), plain)


def sound(text: str) -> tuple[str, ...]:
    """Return the sound of each character: pinyin without tones.

    Sounds that dialects confuse are one sound: zh and z, n and l, ng and n. A character that is not
    Chinese is its own sound. Each character is read alone: the reading of a polyphone may be wrong,
    but it is always the same.
    """
    return tuple(map(_syllable, text))


@cache
def _syllable(character: str) -> str:
    # Loaded at the first use, as the words below: most processes of the hub read no text.
    from pypinyin import lazy_pinyin

    (syllable,) = lazy_pinyin(character)
    for sound_in_dialect, merged_sound in _FOLDED:
        syllable = syllable.replace(sound_in_dialect, merged_sound)
    return f"n{syllable[1:]}" if syllable.startswith("l") else str(syllable)


class _SoundNumbers:
    """The number of the sound of each character, from 1. Characters that sound alike have one."""

    def __init__(self) -> None:
        self._by_code: Codes = np.zeros(1 << 16, dtype=np.uint32)
        """By the code of the character; 0 where it has not been read yet."""
        self._by_sound: dict[str, int] = {}

    def of(self, codes: Codes) -> Codes:
        """Return the numbers of the sounds of characters; same shape."""
        numbers = self._by_code.take(codes)
        if not numbers.all():
            for code in codes[numbers == 0].tolist():
                number = self._by_sound.setdefault(_syllable(chr(code)), len(self._by_sound) + 1)
                self._by_code[code] = number
            numbers = self._by_code.take(codes)
        return numbers


_SOUND_NUMBERS = _SoundNumbers()
_NO_IDENTIFIERS: Mapping[str, frozenset[str]] = MappingProxyType({})


def _set_of(pairs: Codes) -> frozenset[int]:
    return frozenset(pairs.tolist() or (0,))


def normalised_text_at(title: str, content: str, place: Place) -> NormalisedText:
    """Return the normalised text of a report, without the name of its place."""
    return normalised_text(title, content, place.said or place.name)


def tagged_places(title: str, content: str) -> tuple[PlaceTag, ...]:
    """Return the place names in the words of a report, normalised, surest first."""
    return place_tags(*_normalised_parts(title, content))


def pairs_in_parts(title: str, content: str, length: int) -> tuple[Codes, Codes]:
    """Return the pairs of adjacent characters of a title, and of the whole text.

    At most `length` characters of the text are read.
    """
    head, body = _normalised_parts(title, content)
    return pairs_in(head), pairs_in(f"{head}{body}"[: length + len(head)])


def pairs_in(normalised: str) -> Codes:
    """Return the pairs of adjacent characters of a normalised text, each as one number."""
    return pairs_of(codes_of(without_marks(normalised)))


def without_marks(normalised: str) -> str:
    """Return a normalised text without blanks and punctuation."""
    return _OTHER.sub("", normalised)


def codes_of(text: str) -> Codes:
    """Return the code of each character of a normalised text, which has none above 65,535."""
    return np.frombuffer(text.encode("utf-16-le"), dtype=np.uint16).astype(np.uint32)


def _normalised_parts(title: str, content: str) -> tuple[str, str]:
    """Return title and content, normalised together: that result is in the cache already."""
    head = normalise(title)
    return head, normalise(f"{title} {content}")[len(head) :]


def _organisations(text: str) -> Iterator[str]:
    """Yield each named firm, shop, school …: the sound of the end of its name, and its kind.

    Skips words that are not names: 我们公司, 旁边的超市, 热力公司.
    """
    for name, kind in _ORGANISATION.findall(text):
        if not _NO_NAME.intersection(name) and name not in _NOT_NAMES:
            yield f"{' '.join(sound(name))} {kind}"


def _words_of(cleaned: str) -> set[str]:
    """Return the words of a text without marks, without stop words."""
    # Loaded at the first text: its dictionary takes 30 MB.
    import rjieba

    return {intern(word) for word in rjieba.cut(cleaned) if word not in STOP_WORDS}


@lru_cache(maxsize=CACHED_TEXTS)
def normalised_text(title: str, content: str, without: str = "") -> NormalisedText:
    """Return the normalised text of title and content, without the place name `without`.

    The place is a feature of its own: its name must not make texts look alike.
    """
    text = normalise(f"{title} {content}")
    plain = text.replace(normalise(without), "") if without else text
    cleaned = without_marks(plain)
    words = _words_of(cleaned)
    organisations = frozenset(_organisations(plain))
    identifiers = {
        "buildings": frozenset(_BUILDING.findall(text)) | {f"/{n}" for n in _DOOR.findall(text)},
        "units": frozenset(_UNIT.findall(text)),
        "lines": frozenset(_LINE.findall(text)),
        "plates": frozenset(_PLATE.findall(text)),
    }
    for kind in sorted({name.rpartition(" ")[2] for name in organisations}):
        identifiers[kind] = frozenset(name for name in organisations if name.endswith(f" {kind}"))
    return NormalisedText(
        text=cleaned,
        pairs=pairs_of(codes_of(cleaned)),
        words=tuple(words),
        identifiers={kind: names for kind, names in identifiers.items() if names}
        or _NO_IDENTIFIERS,
    )
