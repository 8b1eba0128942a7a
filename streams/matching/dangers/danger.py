"""Danger to life in a report 险情: recognised by its words, on every channel by the same rule.

Only a danger that is there now counts. Words in a figure of speech, a joke, a drill, a piece of
advice, a negation, a hypothesis, or about a danger that is over do not. What is missed costs more
than a false alarm, so a doubt counts as danger: 怀疑漏气, 好像着火了.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from schemas.reports.danger import Danger, DangerKind
from streams.matching.dangers.danger_words import DANGER_WORDS, Words

LETTER, HEAD = 300, 150
"""A text of more than `LETTER` characters is a letter, of which `HEAD` characters are read.

Who is in danger now says so at once; a letter tells a long story, in which old dangers occur.
"""
SHOWN = 40
"""Most characters of the words that are shown as the reason."""
_SENTENCE = re.compile(r"[^。！？!?；;\n]+")
_NEGATED = re.compile(
    r"(?:没有?|并未|未|不是|不会|并非|从未|不存在|无)(?:发生|出现|闻到|发现|看到|造成|再|过|有|任何|什么)*$"
)
_FIGURE_BEFORE = re.compile(
    r"(?:(?<!好)(?<!图)像(?!是)|如同|仿佛|好比|堪比|简直是?|跟.{0,3}似的|宛如|[震吵吓]得).{0,5}$"
    r"|(?:肺|头|脑袋|脑壳|脑瓜|耳朵|脑子|心态|情绪|快递|微信群|朋友圈|电话|手机都?).{0,3}(?:都|快|要|真|气|就)*$"
)
_FIGURE_AFTER = re.compile(r"^.{0,3}(?:一样(?!的?味)|似的|一般|的心都有)")
_JOKE = re.compile(
    r"(?<!不是)(?<!没)(?<!不)(?<!没有)(?<!不是在)(?<!没在)(?:开玩笑|玩笑话)"
    r"|哈哈哈?|笑死|段子|愚人节"
)
_STAGED = re.compile(
    r"(?<!不是)(?<!不)演习|演练|讲座|科普|培训(?!机构|学校|班|中心|楼)|知识竞赛|主题班会|体验馆|警示片|电影(?!院|城)|电视剧|小说|游戏(?!厅|室|城)|谣言|防骗|诈骗电话|应急预案"
)
_PREVENTION = re.compile(
    r"(?:防止|预防|避免|以免|免得|杜绝|谨防|严防|防范|(?<!消)防|消除|减少|(?:排查|检查)(?!.{0,3}(?:发现|出))|治理).{0,10}$"
    r"|(?:建议|希望|应该|应当|呼吁|提议|能否|能不能).{0,10}(?:加强|增加|增设|加装|安装|制定|配备|设立|立|开展|改造|提高|做).{0,24}$"
)
_IF = re.compile(r"(?:如果|万一|假如|要是|一旦|倘若|若是|只要).{0,14}$")
_MIGHT = re.compile(
    r"(?:容易|极易|极有?可能|可能|会不会|怕|担心|恐|迟早|早晚|存在|真(?!的)|会|差点|险些|岂不是|以为|莫等|别等).{0,10}$"
)
_RISK_AFTER = re.compile(r"^.{0,6}(?:隐患|风险|怎么办|咋|谁|往哪|跑不|怎么跑|补贴|赔偿标准)")
_OVER = re.compile(
    r"已(?:经|被)?.{0,4}(?:扑灭|熄灭|灭了|修好|修复|补上|盖好|处理好|处置完|排除|解除|控制住|救出|救上|脱险|获救|找到|找回|平安)"
    r"|扑灭了|被扑灭|虚惊一场|救上来了|救出来了|找回来了|没事了"
    r"|(?:后来|最后|幸好|好在|幸亏|多亏).{0,14}(?:灭|救|找到|没事|捂住|拉住|及时)"
    r"|(?:感谢|表扬|谢谢|点赞).{0,16}(?:救|找回|扑灭|找到|及时|处理)"
)
_AGAIN = re.compile(
    r"又(?:着|起|冒|漏|闻|烧|开始|丢|被偷)|复燃|再次|还在(?:漏|冒|烧|掉)|仍(?:在|然)|但(?:是)?.{0,6}(?:还|仍)"
)
_FORMER = re.compile(
    r"去年|前年|大前年|上个?月|上周|上个?星期|上次|前些[年天日]|前几[年天]|前阵|那天|那年|当[年天时]|事发|曾经?|以前|早年"
    r"|[0-9一二三四五六七八九十两几多]+(?:年|个月|个多月)(?:前|多)|(?:19|20)[0-9]{2}[年.]|(?<![0-9])[0-9]{1,2}月[0-9]{1,2}[日号]|判决|法院(?!门口|门前|大厅|里|楼)|派出所一直"
    r"|前两天|前段时间|前不久|去世|身亡|病历|术后|每年|经常|多次|老是|总是|每次|动不动"
)
_DATE = re.compile(
    r"(?<![0-9])(?:(?P<year>(?:19|20)[0-9]{2})年)?(?P<month>[0-9]{1,2})月(?P<day>[0-9]{1,2})[日号]"
)
_NOW = re.compile(r"现在|正在|目前|此刻|刚刚|刚才|今[天日早晚]|快来|救命|立即|马上|还在|里面有人")
_AFTERMATH = re.compile(
    r"(?:救灾|救助|补偿|赔偿|抚恤|安置|慰问)(?:款|金|费)|工伤认定|(?:事故)?责任认定"
)
_ASKS = re.compile(
    r"(?:请问|咨询|想问|怎么|如何|哪里|怎样).{0,14}(?:办理|申请|申报|开户|安装|查询|理赔|补贴|标准|报名|考|政策|规定|保护令|培训|减免|通到)"
    r"|(?:申请|咨询).{0,10}(?:补贴|保护令|救助金|标准)"
)


def danger_of(title: str, content: str, today: date | None = None) -> Danger | None:
    """Return the first danger that the words show as present, or None.

    A date in the text speaks of the past, unless it is `today`, the day of the report in the city's
    time, or the day before.

    Bounded time: reads `LETTER` characters at most, and no more of a text without any stem.
    """
    text = f"{title[:HEAD]}。{content if len(content) <= LETTER else content[:HEAD]}"
    kinds = [kind for kind, words in DANGER_WORDS.items() if any(s in text for s in words.stems)]
    if not kinds or _JOKE.search(text):
        return None
    if today is not None:
        text = _with_words_for_dates(text, today)
    sentences = list(_SENTENCE.finditer(text))
    for index, sentence in enumerate(sentences):
        after = sentences[index + 1].group() if index + 1 < len(sentences) else ""
        danger = _in_sentence(sentence.group(), after, kinds)
        if danger is not None:
            return danger
    return None


def _with_words_for_dates(text: str, today: date) -> str:
    """Return the text with 今天 or 昨天 in place of dates that are `today` or the day before."""
    words = {today: "今天", today - timedelta(days=1): "昨天"}

    def words_of(match: re.Match[str]) -> str:
        month, day = int(match["month"]), int(match["day"])
        for written, word in words.items():
            if (int(match["year"] or written.year), month, day) == (
                written.year,
                written.month,
                written.day,
            ):
                return word
        return match.group()

    return _DATE.sub(words_of, text)


def _in_sentence(sentence: str, after: str, kinds: list[DangerKind]) -> Danger | None:
    """Return the danger of a sentence; the sentence `after` it may say that it is over."""
    if _STAGED.search(sentence) or _AFTERMATH.search(sentence) or _ASKS.search(sentence):
        return None
    over = _is_over(sentence) or _is_over(after)
    for kind in kinds:
        words = DANGER_WORDS[kind]
        if over or (not words.lasting and _FORMER.search(sentence) and not _NOW.search(sentence)):
            continue
        for match in _meant(words, sentence):
            return Danger(kind=kind, words=match.group()[:SHOWN])
    return None


def _is_over(sentence: str) -> bool:
    return _OVER.search(sentence) is not None and _AGAIN.search(sentence) is None


def _meant(words: Words, sentence: str) -> Iterator[re.Match[str]]:
    """Yield the matches that speak of a present danger."""
    for match in words.pattern.finditer(sentence):
        before, behind = sentence[: match.start()], sentence[match.end() :]
        clause = re.split(r"[，,、]", before)[-1]
        if _NEGATED.search(clause) or _FIGURE_BEFORE.search(clause) or _FIGURE_AFTER.search(behind):
            continue
        if _PREVENTION.search(before) or _IF.search(before) or _RISK_AFTER.search(behind):
            continue
        if not words.lasting and _MIGHT.search(clause):
            continue
        yield match
