"""What a report wants 诉求类型: enquiry, complaint, request, suggestion or praise, by its words.

It says nothing about the matter: a question about wages and a complaint about wages are of one
issue class. The title counts twice, since it states the purpose. Both ends of a letter are read.
"""

import re

from schemas.reports.demand import Demand

HEAD, TAIL = 160, 80
"""Characters of a text that are read: the purpose stands at the beginning and at the end."""
_CUES = {
    Demand.PRAISE: (
        (
            3,
            r"表扬|点赞|锦旗|感谢信|好样的|拾金不昧|热心肠|值得学习|由衷(?:地)?感谢|特(?:此|来)(?:致谢|感谢)",
        ),
        (
            2,
            r"(?:非常|十分|特别|真心|衷心)?感谢(?!领导|您的?(?:百忙|关注|阅读|回复)).{0,14}(?:帮|师傅|民警|工作人员|同志|救|解决了|及时|耐心)",
        ),
    ),
    Demand.SUGGESTION: (
        (
            3,
            r"建议(?!书)|提议|献策|合理化|倡议|(?:提|有)(?:个|一个|几点|点)(?:小)?(?:建议|意见|想法)",
        ),
        (
            1,
            r"(?:如果|若)能.{2,30}(?:更好|就好了)|最好(?:能|是)|不妨|应该(?:增设|增加|设置|开通)|希望(?:能)?(?:增设|增加|开通|建)",
        ),
    ),
    Demand.COMPLAINT: (
        (
            3,
            r"投诉|举报|控告|检举|揭发|严惩|追究.{0,8}责任|(?:请|要求|依法|彻底|严肃).{0,6}(?:查处|调查处理|取缔)|查处|曝光",
        ),
        (
            2,
            r"违规|违法|非法|违章|扰民|乱收费|欺骗|坑人|骗(?:子|钱|人)|霸王|黑心|强制|强迫|拖欠|克扣|敲诈|不作为|推诿|包庇|造假|弄虚作假|无证|无照|态度(?:恶劣|差|极差)|宰客|忽悠",
        ),
        (1, r"太过分|气愤|无法无天|谁来管|没人管|天理|严重(?:影响|污染|超标)|凭什么"),
    ),
    Demand.ENQUIRY: (
        (
            3,
            r"咨询|请问|请教|想问|问一下|问问|想(?:了解|知道)|打听|(?:如何|怎么|怎样)(?:办理|申请|申报|报名|缴纳|补办|查询|领取|计算|报销|办)",
        ),
        (
            2,
            r"(?:需要|要)(?:哪些|什么|带什么)|什么时候(?:能|可以|开始|会|发|建|开)|何时|能不能|能否|可不可以|是否(?:可以|能|有|需要|属于|合法|享受)?|多少(?:钱|年|岁)|有(?:没有|无)(?:规定|政策|文件|补贴|计划)|可以.{0,12}吗|能.{0,12}吗|(?:算|属于|符合).{0,10}吗|是什么|有哪些",
        ),
        (1, r"[?？吗呢](?:$|[。！? ？\n])"),
    ),
    Demand.REQUEST: (
        (
            2,
            r"求助|恳请|恳求|请求|求求|救救|帮帮|帮忙|请(?:尽快|派人|派|帮|协调|安排|修|维修|解决|处理)|希望.{0,16}(?:解决|处理|修|落实|协调|清理)|要求.{0,10}(?:修|恢复|退|赔|解决)|盼|急需|困难",
        ),
    ),
}
_COMPILED = {
    demand: tuple((weight, re.compile(pattern)) for weight, pattern in cues)
    for demand, cues in _CUES.items()
}
MOST_HITS = 3
"""Hits of one cue that count: a word that is said ten times is no ten proofs."""


def demand_of(title: str, content: str) -> Demand:
    """Return what a report wants; a request where the words show nothing.

    Bounded time: reads at most `HEAD` + `TAIL` characters of a text.
    """
    text = content if len(content) <= HEAD + TAIL else f"{content[:HEAD]} {content[-TAIL:]}"
    scores = {
        demand: 2 * _score(demand, title[:HEAD]) + _score(demand, text) for demand in _COMPILED
    }
    best = max(scores, key=lambda demand: scores[demand])
    return best if scores[best] else Demand.REQUEST


def _score(demand: Demand, text: str) -> int:
    return sum(
        weight * min(MOST_HITS, len(pattern.findall(text))) for weight, pattern in _COMPILED[demand]
    )
