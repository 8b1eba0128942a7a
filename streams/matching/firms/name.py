"""The parts of the name of a firm 企业名称的组成: region, brand 字号, trades, form, branch. Pure.

The order of the parts is that of 企业名称登记管理规定 (2020, art. 6), with the liberties that
people take: brackets of both widths, traditional characters, a branch in brackets or behind the
firm, the shop of a platform, a former name in a note.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from opencc import OpenCC

from streams.matching.firms.words import (
    COMPANY_FORMS,
    FORMER,
    MALLS,
    NATIONAL,
    NO_NAMES,
    PLATFORMS,
    REGIONS,
    SHOP_FORMS,
    SHOP_OF_PLATFORM,
    SHORT_NAMES,
    TRADE_GROUPS,
)

_SIMPLIFIED = OpenCC("t2s")
_LONG = {word for word in TRADE_GROUPS if len(word) > 1}
_MARKS = re.compile(r"[^0-9a-z\u4e00-\u9fff()&]+")
_BRACKETS = re.compile(r"\(([^()]*)\)?")
_STRAY = re.compile(r"[()]")
_REGION = re.compile(
    r"([\u4e00-\u9fff](?=县)|[\u4e00-\u9fff]{2,5}?)(?:壮族自治区|回族自治区|维吾尔自治区|自治区|自治州|自治县|开发区|高新区"
    r"|新区|街道办事处|街道|省|市|县|区|镇|乡)"
)
_NO_REGION = re.compile(r"(?:超|菜|夜|门|城|都|上|楼|股|小|社|园|专|老|景|地|片|校|厂|战)[市区]$")
"""What looks like the end of a district, and is the end of a word: 超市, 小区."""
_ROAD = re.compile(r"[东南西北中]?[一二三四五]?(?:路|街|大道|巷|桥|村|站)")
_HEADS = (
    r".*(?:有限公司|责任公司|股份公司|总公司)",
    r".*?(?:公司|集团)",
    r".*?(?:银行|事务所|合作社|联合社|总店|总厂)",
)
"""Where the name of a firm ends before its branch; the surest pattern first."""
_BRANCH = "(.{0,24}(?:公司|店|行|分理处|办事处|[部厂站亭点库]|分社|信用社|支局|营业厅|分校|校区))"
_BRANCHES_OF_FIRMS = tuple(re.compile(f"({head}){_BRANCH}") for head in _HEADS)
_BRANCH_NOTE = re.compile(r".{1,20}(?:店|公司|校区|分校|部|馆|厅|院区|中心|广场|路|街)")
_FORMER = re.compile(f"(?:{'|'.join(FORMER)})(.{{3,}})")
_PLATFORM = re.compile(f"(?:{'|'.join(PLATFORMS)})(?:平台|直播间?|网|app|上的?|店铺)*")
_PLATFORM_SHOP = re.compile(f"(?:{'|'.join(SHOP_OF_PLATFORM)})$")
_SHORT = re.compile("|".join(sorted(SHORT_NAMES, key=len, reverse=True)))
_OUR = re.compile(
    r"(?:我|本|该|全)?[省市县区镇](?=人民|中心|第[一二三四五六七八九十]|[\u4e00-\u9fff]{3})"
)
"""县人民医院: the county that everybody here means."""
_GROUP_IN = re.compile(r"(.{2,}集团)([\u4e00-\u9fff]{2,3})((?:股份)?有限(?:责任)?公司)")
"""中国移动通信集团湖北有限公司: the region of a subsidiary."""
_MALL = re.compile(f"(.{{2,}}?)((?:{'|'.join(MALLS)}).*|[\u4e00-\u9fff]{{2,3}}(?:路|大道|街))")
_SPOKEN = re.compile(r"被举报人|被投诉人|被诉人|挂靠|位于|名叫|名为|叫做|[的在叫是]")
"""Words of a sentence before which no name stands."""
_LATIN = re.compile(r"[a-z0-9&]+(?=[\u4e00-\u9fff]{2})")
_END = re.compile("店|公司|" + "|".join(sorted(_LONG, key=len, reverse=True)))
_WHAT = re.compile(f"^(?:{'|'.join(sorted(_LONG, key=len, reverse=True))})(?:公司|店)(?=.{{3}})")
"""物业公司金冠物业: what kind of firm it is, before its name."""
_SOMEWHERE = re.compile(
    "(?:某|这家|那家|一家|(?:门口|旁边|对面|楼下|附近|路边|路上|隔壁|里面|外面|小区)的?)$"
)
"""Ends of what only says where a shop is."""
_BRANCH_ONLY = re.compile("(?:公司|行|分理处|办事处|营业部|营业厅|服务部|支局|分店|号店|项目部)$")
"""Ends of branches that nobody knows by a name of their own."""
_BRANCH_END = re.compile("(?:分公司|支公司|支行|分行|营业厅|营业部|分店|门店|加油站)$")
_LONGEST_WORD = max(map(len, (*TRADE_GROUPS, *COMPANY_FORMS, *SHOP_FORMS)))
_LONGEST_REGION = 6
_WORDS = COMPANY_FORMS | SHOP_FORMS | TRADE_GROUPS.keys()
SHORTEST_BRAND = 2
SHORTEST_SENTENCE = 7
"""Characters from which a field may hold a sentence."""
LONGEST_WRITTEN = 300
"""Characters of a field that are read; a registered name has 100 at most."""


@dataclass(frozen=True, slots=True)
class FirmName:
    """The parts of a name in one spelling: simplified, small letters, no blanks, no marks."""

    regions: tuple[str, ...] = ()
    """Without 省, 市, 县 …; 中国 counts as one."""
    brand: str = ""
    trades: tuple[str, ...] = ()
    is_company: bool = False
    """Whether it has a form of a company or of a partnership; a shop need not have a form."""
    branch: str = ""
    """What stands behind the firm or in brackets: 京山支行, 万达店."""

    @property
    def core(self) -> str:
        """Return brand and trades, without region and form."""
        return self.brand + "".join(self.trades)

    @property
    def groups(self) -> frozenset[str]:
        """Return the groups of the trades."""
        return frozenset(TRADE_GROUPS[trade] for trade in self.trades)

    @property
    def is_named(self) -> bool:
        """Whether the name says which firm is meant, and not only what it does."""
        if self.brand in NO_NAMES or self.brand in _WORDS or _SOMEWHERE.search(self.brand):
            return False
        return len(self.brand) >= SHORTEST_BRAND or bool(self.brand and self.trades)


def plain(text: str) -> str:
    """Return a name in one spelling, with its brackets as ( and )."""
    level = unicodedata.normalize("NFKC", text).lower()
    return _MARKS.sub("", _SIMPLIFIED.convert(level))


def written_names(text: str, regions: Iterable[str] = ()) -> tuple[FirmName, ...]:
    """Return the names that a field has: the name itself, then former and other names.

    A field that names nobody (无, 某超市, 个人) gives none. `regions` are names of the town's
    areas without 市, 镇 …
    """
    parts = re.split(r"[/、;；|\n]|\s{3,}", text[:LONGEST_WRITTEN])
    known = frozenset(regions)
    readings = [plain(part) for part in parts]
    readings += [spoken for reading in readings for spoken in _spoken_in(reading)]
    names = [name for reading in readings for name in _names_in(reading, known)]
    return tuple(dict.fromkeys(name for name in names if name.is_named))


def registered_name(text: str, regions: Iterable[str] = ()) -> FirmName:
    """Return the parts of a name as a register has it."""
    return _read(plain(text), frozenset(regions))


def _spoken_in(text: str) -> Iterator[str]:
    """Yield what may be a name in a sentence: 我在老王烧烤店吃饭, 桃园小区的金冠物业."""
    if latin := _LATIN.match(text):
        yield text[latin.end() :]
    if len(text) < SHORTEST_SENTENCE:
        return
    *_, piece = _SPOKEN.split(text)
    piece = _WHAT.sub("", piece, count=1)
    bare = _BRACKETS.sub("", piece)
    end = max((match.end() for match in _END.finditer(piece)), default=0)
    if _without_branch(bare)[1]:
        # What stands behind the firm is its branch, and no verb.
        end = len(piece)
    if end > SHORTEST_BRAND and piece[:end] != text:
        yield piece[:end]


def registered_names(text: str, regions: Iterable[str] = ()) -> tuple[FirmName, ...]:
    """Return the name of a register, and that of a branch with a name of its own.

    中药材公司利民药店 is known as 利民药店.
    """
    known = frozenset(regions)
    name = registered_name(text, known)
    if _BRANCH_ONLY.search(name.branch):
        return (name,)
    own = _read(name.branch, known)
    is_own = own.is_named and bool(own.trades) and len(own.brand) >= SHORTEST_BRAND
    return (name, own) if is_own else (name,)


def _names_in(text: str, regions: frozenset[str]) -> Iterator[FirmName]:
    """Yield the name of a plain text, and the former names in its brackets."""
    if text in NO_NAMES:
        return
    former = [match[1] for note in _BRACKETS.findall(text) if (match := _FORMER.fullmatch(note))]
    yield _read(text, regions)
    for name in former:
        yield _read(name, regions)


def _read(text: str, regions: frozenset[str]) -> FirmName:
    notes = _BRACKETS.findall(text)
    bare = _STRAY.sub("", _BRACKETS.sub("", text))
    bare, is_of_platform = _without_platform(bare)
    bare = _OUR.sub("", bare, count=1) if _OUR.match(bare) else bare
    bare = _in_full(bare)
    bare, branch = _without_branch(bare)
    if not branch and _BRANCH_END.search(bare):
        bare, branch = _split_at_region(bare, regions)
    if (inner := _GROUP_IN.fullmatch(bare)) and inner[2] in REGIONS:
        bare = f"{inner[1]}{inner[3]}"
    named: list[str] = []
    for note in notes:
        if note in COMPANY_FORMS or _FORMER.fullmatch(note):
            continue
        region = note.removesuffix("市").removesuffix("省")
        if region in REGIONS or region in regions or region in NATIONAL:
            named.append(region)
        elif not branch and _BRANCH_NOTE.fullmatch(note):
            branch = note
    head, rest = _without_regions(bare, regions)
    brand, words = _without_words(rest)
    brand, words, within = _without_inner_region(brand, words, regions)
    named += within
    while head and (brand in _WORDS or len(brand) < SHORTEST_BRAND):
        # A city may be the brand: 安康大药房. So may a country with a trade: 中国建设银行.
        region = head.pop()
        rest = f"{region}{rest}"
        brand, words = (f"{region}{brand}", words) if region in NATIONAL else _without_words(rest)
    is_company = any(word in COMPANY_FORMS for word in words)
    if not branch and not is_company and not is_of_platform:
        brand, words, branch = _without_place(brand, words, regions)
    trades = tuple(word for word in words if word in TRADE_GROUPS)
    return FirmName((*head, *named), brand, trades, is_company, branch)


def _in_full(text: str) -> str:
    """Return a name with what everybody calls a firm in full: 石桥工行 as 石桥中国工商银行."""
    match = _SHORT.search(text)
    if match is None or text[: match.start()].endswith(("中国", "中")):
        return text
    return f"{text[: match.start()]}{SHORT_NAMES[match[0]]}{text[match.end() :]}"


def _without_platform(text: str) -> tuple[str, bool]:
    """Return a name without the platform of a shop, and whether it had one."""
    match = _PLATFORM.match(text)
    rest = text[match.end() :] if match else text
    if match and len(rest) < SHORTEST_BRAND:
        return text, False
    shop = _PLATFORM_SHOP.sub("", rest)
    return (shop, True) if len(shop) >= SHORTEST_BRAND and shop != text else (rest, False)


def _without_branch(text: str) -> tuple[str, str]:
    """Return the name of the firm, and its branch."""
    for pattern in _BRANCHES_OF_FIRMS:
        match = pattern.fullmatch(text)
        if match and match[2] not in _WORDS:
            return match[1], match[2]
    return text, ""


def _split_at_region(text: str, regions: frozenset[str]) -> tuple[str, str]:
    """Read 中国移动云溪分公司 as the branch 云溪分公司 of 中国移动."""
    for start in range(SHORTEST_BRAND + 1, len(text) - SHORTEST_BRAND):
        for length in range(2, _LONGEST_REGION):
            word = text[start : start + length]
            if word in REGIONS or word in regions:
                return text[:start], text[start:]
    return text, ""


def _without_regions(text: str, regions: frozenset[str]) -> tuple[list[str], str]:
    """Return the regions at the start of a name, and the rest."""
    named: list[str] = []
    while True:
        match = _REGION.match(text)
        if match and _NO_REGION.search(match[0]) is None and len(text) - match.end() > 1:
            named.append(match[1])
            text = text[match.end() :]
            continue
        for length in range(min(_LONGEST_REGION, len(text) - SHORTEST_BRAND), 1, -1):
            start = text[:length]
            is_national = start in NATIONAL and (not named or start == NATIONAL[0])
            known = start in REGIONS or start in regions or is_national
            if known and _ROAD.match(text, length) is None:
                named.append(start)
                text = text[length:]
                break
        else:
            return named, text


def _without_words(text: str) -> tuple[str, list[str]]:
    """Return the brand, and the words of trade and form behind it, in their order."""
    words: list[str] = []
    while end := _last_word(text):
        words.insert(0, end)
        text = text[: -len(end)]
    return text, words


def _without_inner_region(
    brand: str, words: list[str], regions: frozenset[str]
) -> tuple[str, list[str], list[str]]:
    """Read 华新水泥大冶公司 as 华新水泥 of 大冶; return brand, words and the region, if any."""
    for length in range(2, min(_LONGEST_REGION, len(brand) - SHORTEST_BRAND + 1)):
        region = brand[-length:]
        if any(word in COMPANY_FORMS for word in words) and (
            region in regions or region in REGIONS
        ):
            head, inner = _without_words(brand[:-length])
            return head, inner + words, [region]
    return brand, words, []


def _last_word(text: str) -> str:
    """Return the longest word at the end; a shorter one, if else a brand of one character stays."""
    longest = ""
    for length in range(min(_LONGEST_WORD, len(text) - 1), 0, -1):
        end = text[-length:]
        if end not in _WORDS or (length == 1 and len(text) <= SHORTEST_BRAND):
            continue
        if len(text) - length >= SHORTEST_BRAND:
            return end
        longest = longest or end
    return longest


def _without_place(
    brand: str, words: list[str], regions: frozenset[str]
) -> tuple[str, list[str], str]:
    """Read 小龙坎火锅万达店 as the branch 万达店 of 小龙坎火锅; return brand, words and branch."""
    if words != ["店"]:
        return brand, words, ""
    for start in range(SHORTEST_BRAND, len(brand) - 1):
        for length in range(min(_LONGEST_WORD, len(brand) - start), 1, -1):
            word = brand[start : start + length]
            place = brand[start + length :]
            is_trade = word in TRADE_GROUPS and len(place) > 1 and place not in _WORDS
            if is_trade or word in regions or word in REGIONS:
                end = start + length if is_trade else start
                head, inner = _without_words(brand[:end])
                return head, inner, f"{brand[end:]}店"
    if match := _MALL.fullmatch(brand):
        head, inner = _without_words(match[1])
        return head, inner, f"{match[2]}店"
    return brand, words, ""
