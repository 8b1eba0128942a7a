"""Numbers of personal documents, and vehicle plates 证件号、车牌.

Passports and permits are recognised after their label, Chinese passports of the form E12345678
also without one. Plates follow GA 36-2018, including trailers, learners, police, Hong Kong and
Macau. Plates of electric bicycles are recognised only after a label.
"""

import re
from collections.abc import Iterator

from hub.security.personal_data.number_runs import before
from hub.security.personal_data.span import PersonalData, Span

_PAPER_LABEL = (
    r"(?:护照|護照|通行证|回乡证|台胞证|来往大陆|居住证|居留证|居留卡|永居证|军官证|士兵证|警官证|文职证|义务兵证"
    r"|退役军人证|退伍证|优待证|社保卡|社会保障卡|社保号|社保编号|医保卡|医保号|医保编号|驾驶证|驾照|残疾证|残疾人证"
    r"|证件|身份证|身份證|身分證|出生证明?|户口[本簿]|学籍|准考证|passport|Passport|PASSPORT)"
)
_LINK = r"(?:号码?|件|信息|编号|档案|卡|本|是|为|丢了|:|=|\(|\)|,|\s|No\.?|NO\.?){0,12}"
_PAPER = re.compile(
    rf"{_PAPER_LABEL}{_LINK}"
    r"(?P<id>(?=(?:[A-Za-z-]|[()\s]){0,6}(?:\d[\s-]?){5})"
    r"[A-Za-z]{0,3}[\s-]?\d(?:[\s-]?[0-9]){4,19}[A-Za-z]?(?:\(\d\))?)(?![0-9A-Za-z*])(?!-?\*)"
)
_SOLDIER = re.compile(r"[军南北海空沈济兰成广京东西中装参政后武公文士]字?第\s?(\d{5,9})\s?号")
_SOLDIER_LABEL = re.compile(r"(?:军官|士兵|警官|文职|兵)证[^\d]{0,8}$")
_PASSPORT = re.compile(r"(?<![0-9A-Za-z*-])(E[A-HJ-NP-Z]\d{7}|E\d{8})(?![0-9A-Za-z*-])")
_THING = re.compile(r"(?:号|编号|单号|型号|批号|货号|编码|代码|序列号|版本|卡)(?:是|为|:|\s)*$")
_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_LETTER = "A-HJ-NP-Za-hj-np-z"
_PLATE = re.compile(
    rf"[{_PROVINCE}][ .·-]?[A-HJ-Za-hj-z][ .·,:_-]{{0,2}}"
    rf"(?:[0-9]{{5}}[{_LETTER}]|[{_LETTER}][{_LETTER}0-9][0-9]{{4}}|[{_LETTER}0-9]{{4}}[{_LETTER}0-9挂学警港澳领使试超])"
    r"(?![A-Za-z0-9*])(?!-\d)"
)
_PLATE_LABEL = re.compile(
    r"(?:车牌|車牌|牌照|号牌|车号|牌号|车牌号)(?:号码?|照|是|为|:|\(|\s|,){0,8}"
    r"(?P<id>[\u4e00-\u9fff]{0,2}[ .·-]?(?=[A-Za-z0-9 .·-]{0,10}\d{2})"
    r"[A-Za-z0-9][A-Za-z0-9 .·-]{3,9}[A-Za-z0-9挂学警港澳])(?![A-Za-z0-9*])"
)
_MILITARY = re.compile(r"(?<![A-Za-z0-9])WJ ?[\u4e00-\u9fff]?\d{4}[0-9A-Z](?![0-9A-Za-z*])")
_WORDS = "新云青贵川宁晋藏吉京"
"""Provinces whose character is also an everyday word: 新A12345型."""
_VEHICLE = re.compile(r"[车牌辆驾驶乘坐]|^$|[\s,。:;(、，；：（“\"]$")


def papers_in(text: str) -> Iterator[Span]:
    """Yield the document numbers in a levelled text."""
    for match in _PAPER.finditer(text):
        yield Span(*match.span("id"), show_paper(match["id"]), PersonalData.DOCUMENT)
    if "第" in text and "证" in text:
        for match in _SOLDIER.finditer(text):
            if _SOLDIER_LABEL.search(before(text, match.start())):
                shown = show_paper(match[1])
                yield Span(*match.span(1), shown, PersonalData.DOCUMENT)
    if "E" in text:
        for match in _PASSPORT.finditer(text):
            if not _THING.search(before(text, match.start())):
                yield Span(*match.span(), show_paper(match[0]), PersonalData.DOCUMENT)


def plates_in(text: str) -> Iterator[Span]:
    """Yield the vehicle plates in a levelled text."""
    for match in _PLATE.finditer(text):
        if _is_plate(text, match):
            yield Span(*match.span(), show_plate(match[0]), PersonalData.PLATE)
    if "WJ" in text:
        for match in _MILITARY.finditer(text):
            yield Span(*match.span(), show_plate(match[0]), PersonalData.PLATE)
    if "牌" in text or "车号" in text:
        for match in _PLATE_LABEL.finditer(text):
            yield Span(*match.span("id"), show_plate(match["id"]), PersonalData.PLATE)


def _is_plate(text: str, match: re.Match[str]) -> bool:
    """Return whether a match is a plate: it has enough digits, and is no everyday word."""
    number = match[0]
    if sum(character.isdigit() for character in number) < 2:
        return False
    if number[0] not in _WORDS:
        return True
    ahead = text[max(0, match.start() - 8) : match.start()]
    return bool(_VEHICLE.search(ahead)) or len(re.sub(r"[ .:,_-]", "", number)) == len(number)


def show_paper(number: str) -> str:
    """Return E****78: the first character and the last two."""
    characters = "".join(filter(str.isalnum, number))
    return f"{characters[0]}****{characters[-2:]}"


def show_plate(number: str) -> str:
    """Return 鄂B***45: province, letter and the last two characters."""
    characters = "".join(filter(str.isalnum, number))
    return f"{characters[:2]}***{characters[-2:]}".upper()
