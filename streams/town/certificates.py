"""Certificates in a text 证明诉求: which one of the town's list, and whether it is asked for.

A name of the list alone is not enough: most texts that name a certificate only state that somebody
has handed it in. What counts is that the citizen wants it issued, or complains that it is demanded
or not issued. Courts, lawyers and forged certificates are matters of others and do not count.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schemas.reports.certificate import CertificateMention, CertificateUse
from schemas.town.lists import Certificate

LONGEST = 2000
"""Characters of a text that are read."""
SHOWN = 60
"""Most characters of the sentence that is shown as the reason."""
MOST = 5
"""Certificates of one text that are returned."""
_MARKS = re.compile(r"[\s《》〈〉“”‘’\"'「」『』【】()\[\]~_]+")
_SENTENCE = re.compile(r"[^。！!？?；;]+[。！!？?；;]*")
_CLAUSE = re.compile(r"[,，、:：]")
_SUFFIX = "证明"
_OF = "(?:的|情况|状况|关系|的书面|的纸质|情况的|状况的|关系的)?"
_SHORT_ENTRY = "(?![天日年月明])"
"""居住证明天到期 is about a 居住证, which is due 明天."""

_COURT = re.compile(r"法院|法官|法庭|开庭|仲裁|检察院|律师|原告|被告(?!知)|判决|案卷|辩护|庭审")
_FAKE_BEFORE = re.compile(
    r"(?:虚假|假冒|伪造|假的?|造假|骗取|冒用|盗用|作伪|代办|代开|买卖|买来|违规|违法(?!犯罪)|擅自)[^，,]{0,10}$"
)
_FAKE_AFTER = re.compile(r"^[^，,]{0,8}(?:是假|造假|作假|伪造|不实|骗|冒用|小广告|广告)")
_HANDED_IN = re.compile(
    r"(?:已经|已|前天|昨天|上周|上个?月|刚刚?)[^，,不没未能]{0,8}(?:开|提供|提交|出具|交|附|上传|取得|拿到|办好|寄)[^，,]{0,10}$"
    r"|(?:把|将)[^，,]{0,4}$|(?:材料里|资料里|里面|钱包里|附件里|手里|手上|手头)有?[^，,]{0,6}$"
)
_HANDED_IN_AFTER = re.compile(
    r"^[^，,]{0,6}(?:已经|已|都)?(?:开好|提交|交给|交上去|交了|办好|寄出|上传|开具了|上的|里的|复印件|显示)"
)
_THANKS = re.compile(
    r"(?:感谢|谢谢|表扬)(?!您|领导|大家)[^，,。！!]{1,20}(?:帮|上门|耐心|及时|办好|工作人员)|点赞|锦旗"
)
_PLACE_AFTER = re.compile(r"^[^，,]{0,6}(?:的路上|途中|窗口排队|大厅|门口|工本费|样本)")
_REFUSED = re.compile(
    r"不给|不肯|不予|拒绝|不愿|不让|没法|无法|开不[了出到]|办不[了到下]|不开(?!庭|心)|不盖|不出(?!门|来)|不签字|(?<!能)不能(?:再|给|帮)?(?:开|出|办|盖)"
    r"|没有?(?:这个|这项|该|此)?(?:权|业务)|不归|推[来给回诿脱到托]|互相推|踢皮球|扯皮|两边|来回|跑了[^，,]{0,4}[趟次遍回]|白跑|折腾|刁难|为难|拖着|回绝|各说各|不认账|卡(?:在|着|住)|不敢|没有?这(?:个|种)东西|负责人不在|不管|找单位让|到底听谁"
)
_DEMANDED = re.compile(
    r"要求(?!公开)|非要|非让|必须|硬要|硬性|强制|还要|又要|还让|又让|还得|偏要|一定要|得先|要先|需先|要我|让我|叫我|喊我|逼|要他|让他|让她|要她|叫他|叫她|让老人|要老人|要家长|让家长"
    r"|要父母|说要|(?:年年|每年|次次|回回)[^，,]{0,3}要|要居民|让居民|让群众|才给|才能办|才肯|才办|才可以|否则|就不给|就不办|不办(?!理)|被告知|也要|"
    r"(?:窗口|派出所|学校|银行|单位|中心|物业|公司|公证处|房管局|民政局|社保局|中介|村里|社区|部门|办)[^，,]{0,4}(?:要|说要|让|说没有)"
)
_WHY = re.compile(
    r"为什么|为何|凭什么|凭啥|为啥|有(?:没有)?必要|合理吗|荒唐|奇葩|莫名其妙|多此一举|土政策|繁琐|太麻烦|不近人情|该取消|应取消|应该取消|何必|怎么证明"
)
_ISSUE = re.compile(r"开|弄|出具|办|打|申请|申领|补办|领|盖章|盖|出|写|需要|要|交")
_QUESTION = re.compile(
    r"怎么|如何|哪里|哪儿|去哪|在哪|到哪|什么材料|哪些|什么手续|能不能|能否|可以|可否|是否|吗|请问|咨询|想问|问一下|流程|带什么|找谁|找哪|还是|(?:能|给|可以)[^，,]{0,12}不$"
)
_WISH = re.compile(r"想|希望|麻烦|请(?!查|清理|调查|严)|求|帮(?!助)|急需|需要")
_SURE_ASK = re.compile(r"(?:开|出具|办理?|补办|申请|打)[^，,]{0,10}$")


@dataclass(frozen=True, slots=True)
class CertificateIndex:
    """The list of certificates, ready to be looked for in texts."""

    by_name: dict[str, Certificate]
    """Name on the list → its line."""
    _names: re.Pattern[str] | None
    """Matches each name and other name, the longest first."""
    _line_of: dict[str, Certificate]
    """What a name matches, without the words between → its line."""

    @classmethod
    def of(cls, certificates: Iterable[Certificate]) -> "CertificateIndex":
        """Return the index of a list. Of two lines with the same name the first counts."""
        lines: dict[str, Certificate] = {}
        by_name: dict[str, Certificate] = {}
        for line in certificates:
            by_name.setdefault(line.name, line)
            for name in line.known_as:
                lines.setdefault(stem_of(name), line)
        lines.pop("", None)
        stems = "|".join(re.escape(stem) for stem in sorted(lines, key=lambda s: (-len(s), s)))
        pattern = re.compile(f"(?P<stem>{stems}){_OF}{_SUFFIX}{_SHORT_ENTRY}") if stems else None
        return cls(by_name, pattern, lines)

    def mentions(self, title: str, content: str) -> tuple[CertificateMention, ...]:
        """Return the certificates that a text asks for or complains about, each once.

        A complaint about a certificate counts more than a question about the same one. Bounded
        time: reads `LONGEST` characters at most, and no more of a text without 证明.
        """
        if self._names is None or (_SUFFIX not in title and _SUFFIX not in content):
            return ()
        text = cleaned(f"{title}。{content}"[:LONGEST])
        best: dict[str, CertificateMention] = {}
        for mention in self._each(self._names, text):
            known = best.get(mention.name)
            if known is None or known.use is CertificateUse.ASKS:
                best[mention.name] = mention
        return tuple(best.values())[:MOST]

    def _each(self, names: re.Pattern[str], text: str) -> Iterator[CertificateMention]:
        sentences = [match.group() for match in _SENTENCE.finditer(text)]
        for number, sentence in enumerate(sentences):
            after = sentences[number + 1] if number + 1 < len(sentences) else ""
            for match in names.finditer(sentence):
                use = use_of(sentence[: match.start()], sentence[match.end() :], after)
                if use is not None:
                    line = self._line_of[match["stem"]]
                    words = _around(sentence, match.start())
                    yield CertificateMention(
                        name=line.name, status=line.status, use=use, words=words
                    )


def stem_of(name: str) -> str:
    """Return the name of a certificate as it is looked for: without 证明 at its end."""
    return cleaned(name).removesuffix(_SUFFIX)


def cleaned(text: str) -> str:
    """Return a text without blanks, quotes and brackets, with half-width letters and digits."""
    lines = re.sub(r"[\r\n]+", "。", text)
    return _MARKS.sub("", unicodedata.normalize("NFKC", lines))


def use_of(before: str, behind: str, next_sentence: str) -> CertificateUse | None:
    """Return what a sentence says about the certificate between `before` and `behind`.

    None: it names the certificate, but nobody asks for it.
    """
    sentence = f"{before}{behind}"
    if _COURT.search(sentence) or _FAKE_BEFORE.search(before) or _FAKE_AFTER.search(behind):
        return None
    if _PLACE_AFTER.search(behind) or _THANKS.search(sentence):
        return None
    near, follows = before[-30:], behind[:40]
    refused = _REFUSED.search(near) or _REFUSED.search(follows)
    why = _WHY.search(sentence) or _WHY.search(next_sentence[:40])
    demanded = _DEMANDED.search(near) or _DEMANDED.search(follows)
    if _HANDED_IN.search(before) or _HANDED_IN_AFTER.search(behind):
        return CertificateUse.COMPLAINS if why and demanded else None
    if refused or why:
        return CertificateUse.COMPLAINS
    clause = _CLAUSE.split(before)[-1]
    asks = _QUESTION.search(sentence) and (_ISSUE.search(clause) or _ISSUE.search(follows))
    if asks or (_WISH.search(near) and _SURE_ASK.search(before)):
        return CertificateUse.ASKS
    return CertificateUse.COMPLAINS if demanded else None


def _around(sentence: str, start: int) -> str:
    """Return at most `SHOWN` characters of a sentence, with what begins at `start` in them."""
    begin = max(0, min(start - SHOWN // 2, len(sentence) - SHOWN))
    return sentence[begin : begin + SHOWN].strip("，,、")
