"""Names of people in a text 姓名: recognised after a label such as 我叫 or 联系人.

A name is a known family name with one or two more characters. The text after it must continue as
it does after a name. A family name with a title (张师傅, 王女士) is not masked.
"""

import re
from collections.abc import Iterator

from hub.security.personal_data.family_names import (
    AMBIGUOUS,
    COMPOUND,
    EVERYDAY_WORDS,
    FAMILY,
    WORDY,
)
from hub.security.personal_data.span import PersonalData, Span

_COMPOUND = "|".join(COMPOUND)
_NAME = (
    rf"(?:(?:{_COMPOUND})[\u4e00-\u9fff]{{1,2}}|[{FAMILY}][ ]?[\u4e00-\u9fff][ ]?[\u4e00-\u9fff]?)"
)
_STRONG = (
    "联系人|聯繫人|聯絡人|姓名|姓 名|名字|报警人|当事人|户主|投诉人|举报人|申请人|信访人|反映人"
    "|反应人|来访人|来电人|求助人|诉求人|报料人|署名|落款|我叫|名叫|俺叫|收件人|寄件人|发件人|患者|死者|伤者"
    "|受害人|受伤者|法人代表|法定代表人|法人|被投诉人|被举报人|嫌疑人|责任人|经办人|负责人|监护人|户名|开户名"
    "|持卡人|房主|产权人|车主|机主|曾用名|委托人|代理人|证明人|老板叫|老公叫|老婆叫|丈夫叫|妻子叫|父亲叫|母亲叫"
    "|儿子叫|女儿叫|孩子叫|他叫|她叫|邻居叫|个叫|人叫|伙叫|房东叫|签名:|签字:|反映者|报修人|来信人|写信人"
    "|留言人|网友|,叫"
)
"""Labels that are nearly always followed by a name."""
_WEAK_LABELS = """
我是 本人 村民 居民 业主 邻居 租客 租户 学生 群众 职工 家长 房东 举报 老人 代表 敬礼 此致
原告 被告 上访人 控告人 丈夫 妻子 老公 老婆 爱人 儿子 女儿 孙子 孙女 父亲 母亲 老板 老师
同学 同事
"""
_WEAK = frozenset(_WEAK_LABELS.split())
"""Words that other text may follow too: after them a name is recognised only if the sentence stops.

Titles of an office (书记, 主任, 经理) are not included: an official in office may be named."""
_OF_MYSELF, _CLOSINGS = ("我是", "本人"), ("敬礼", "此致")
_LINK = r"(?:的?(?:真实)?(?:姓名|名字|名)|及电话|信息|[是为:叫(=\[<)\]>\s]){0,8}"
_LABELLED = re.compile(
    rf"(?P<label>{_STRONG}|{'|'.join(sorted(_WEAK))})(?P<link>{_LINK})(?P<name>{_NAME})"
)
_FOREIGN = re.compile(
    rf"(?:{_STRONG})(?:{_LINK})"
    r"(?P<name>[\u4e00-\u9fff]{2,6}·[\u4e00-\u9fff]{2,8}|[A-Z][a-z]+(?: [A-Z][a-z]+){1,2})"
)
_WITH_SEX = re.compile(
    rf"(?<![\u4e00-\u9fffA-Za-z·])(?P<name>{_NAME}) ?[,(/ ] ?[男女](?=[,.)/; ]|$)"
)
"""张三,男,1990年生: a name at the beginning of a sentence, followed by the sex."""
_WORD = re.compile(r" ?[\u4e00-\u9fff*]")
_LATIN = re.compile("[A-Z][a-z]+ [A-Z][a-z]")
_NEXT = re.compile(r"\s?[ 、,/和与及]\s?" + rf"(?P<name>{_NAME})")
_TITLE = re.compile(
    r"\s?(?:先生|女士|小姐|师傅|老师|医生|大夫|大爷|大妈|大娘|阿姨|叔|婶|伯|哥|姐|嫂|爷|奶|总|经理|主任|书记"
    r"|局长|所长|科长|处长|镇长|村长|乡长|县长|市长|区长|院长|校长|园长|队长|站长|厂长|行长|董事|主席|会长"
    r"|组长|班长|警官|法官|律师|老板|老太|老人|老汉|某|工(?![\u4e00-\u9fff]))"
)
"""Titles. A family name with a title is not a full name."""
_GO_ON = re.compile(
    r"\s*(?:$|[^\w*]|_|[0-9A-Za-z]|电话|手机|联系|身份|住|家住|现住|男|女|今年|年龄|年满|性别|出生|先生|女士"
    r"|同志|师傅|的|在|于|是|我|来|反映|投诉|举报|和|与|及|等|因|系|说|称|向|到|要|想|现|户|家|一家|自|从|对"
    r"|被|把|将|由|给|为|微信|地址|号码|本人|已|未|不|没|去|也|又|就|都|有|无|作为|拖欠|这|那|您|你|他|她|曾"
    r"|此|携|带|前|近|经|拟|打|请|希望|申请|购买|承包|开|骑|殴|欠|骗|占|违|私|乱|多次|长期|领)"
)
"""Text with which a sentence continues after a name."""
_FUNCTION = frozenset(
    "我的是在要想家住男女电于和与向为来今现有因到说称以从也都已被把对系去就又还很不没给让请您你他她它们"
    "这那哪了着过吗呢吧啊呀每上下里外将由手身号邮地性户等及或之其此曾未无现经则即且但而若如虽各某什怎谁"
    "几多少"
)
"""Characters that seldom end a given name: they usually continue the sentence."""
_NOT_IN_FORENAMES = _FUNCTION - frozenset("家男上为来现今以和如之其多未无若少外地向于从里")
_NOT_LAST = frozenset(
    "人民户员生者师工农妇贩商客主孩老娃婆队镇村乡县市区街路湾港嘴营坊矿屯寨堡岗垸畈铺厂组社"
)
"""Last characters of words for occupations and places: 应届生, 黄石人, 汪仁镇."""
_CALLED = frozenset("车停时毛价")
"""我叫车: 叫 means to call for a thing, not to have a name."""


def names_in(text: str) -> Iterator[Span]:
    """Yield the names after labels in a levelled text."""
    at = 0
    while match := _LABELLED.search(text, at):
        start = at = match.start("name")
        if end := _end_of_name(text, match):
            yield _span(text, start, end)
            yield from _further(text, end)
    if "男" in text or "女" in text:
        for match in _WITH_SEX.finditer(text):
            if _may_be_name(text, match.start("name"), match["name"]):
                yield _span(text, *match.span("name"))
    if "·" in text or _LATIN.search(text):
        for match in _FOREIGN.finditer(text):
            yield Span(*match.span("name"), f"{match['name'][0]}***", PersonalData.NAME)


def show_name(name: str) -> str:
    """Return 张*: the first character, and a star for each other character."""
    solid = name.replace(" ", "")
    return f"{solid[0]}{'*' * (len(solid) - 1)}" if len(solid) > 1 else solid


def _span(text: str, start: int, end: int) -> Span:
    return Span(start, end, show_name(text[start:end]), PersonalData.NAME)


def _further(text: str, at: int) -> Iterator[Span]:
    """Yield the further names of a list: 联系人张三、李四."""
    while match := _NEXT.match(text, at):
        start = match.start("name")
        at = _cut(text, start, match["name"], strict=True)
        if not at:
            return
        yield _span(text, start, at)


def _end_of_name(text: str, match: re.Match[str]) -> int:
    """Return where the name after a label ends; 0 if it is not a name."""
    label, link, name, start = match["label"], match["link"], match["name"], match.start("name")
    is_at_end = _stops(text, match.end("name"))
    if label in _WEAK:
        if label in _CLOSINGS and not re.search(r"[\s!:]", link):
            return 0
        unlinked = label not in _OF_MYSELF and not link
        if unlinked and name[0] in WORDY and not (len(name) > 2 and is_at_end):
            return 0
        return _cut(text, start, name, strict=not re.search("[:叫(名]", link))
    if label.endswith("叫") and name[0] in _CALLED and len(name) < 3:
        return 0
    if ":" in link and is_at_end and name[-1] != "等" and _may_be_name(text, start, name):
        return match.end("name")
    return _cut(text, start, name, strict=name[0] in AMBIGUOUS and not link.strip())


def _may_be_name(text: str, start: int, name: str) -> bool:
    """Return whether a text is neither an everyday word nor a family name with a title."""
    solid = name.replace(" ", "")
    family = _family(solid)
    return solid[:2] not in EVERYDAY_WORDS and not _TITLE.match(text, start + family)


def _family(solid: str) -> int:
    """Return how many characters of a name are the family name."""
    return 2 if len(solid) > 2 and re.match(_COMPOUND, solid) else 1


def _cut(text: str, start: int, name: str, *, strict: bool) -> int:
    """Return where the name that begins at `start` ends; 0 if it is not a name.

    If `strict`, the sentence must stop after the name, or continue with a word that follows names.
    After a name of two characters it must stop.
    """
    solid = name.replace(" ", "")
    if solid[1] in _NOT_IN_FORENAMES or not _may_be_name(text, start, name):
        return 0
    shortest = _family(solid) + 1
    for count in sorted({len(solid), shortest}, reverse=True):
        if count < shortest:
            continue
        end, last = _after(text, start, count), solid[count - 1]
        stops = _stops(text, end)
        if last in _NOT_IN_FORENAMES or (strict and last in _NOT_LAST):
            continue
        if count > shortest and last in _FUNCTION and not stops:
            continue
        goes_on = _GO_ON.match(text, end) and not (strict and count == 2)
        if stops or goes_on:
            return end
    return 0 if strict else _after(text, start, min(len(solid), shortest + 1))


def _stops(text: str, end: int) -> bool:
    """Return whether no Han character follows: the end, a sign, a digit or a Latin letter."""
    return not _WORD.match(text, end)


def _after(text: str, start: int, count: int) -> int:
    """Return the position after `count` characters that are not spaces."""
    at = start
    while count:
        count -= text[at] != " "
        at += 1
    return at
