"""E-mail addresses and accounts of messengers 邮箱、微信号、QQ号.

E-mail addresses are recognised by their form, accounts by the label before them. Groups, public
accounts and mini programs do not belong to a person, so they are not masked.
"""

import re
from collections.abc import Iterator

from hub.security.personal_data.span import PersonalData, Span

_AT = (
    r"\s?(?:@|[(\[{<]\s?(?:at|AT|@|艾特|圈[aA]|小老鼠)\s?[)\]}>]|(?<=\s)(?:at|AT)(?=\s)|艾特"
    r"|#(?=[A-Za-z0-9-]+(?:\.|点)))\s?"
)
_DOT = (
    r"\s?(?:\.|,(?=com|cn|net)|点|[(\[{]\s?(?:dot|DOT|点|\.)\s?[)\]}]"
    r"|(?<=\s)(?:dot|DOT)(?=\s))\s?"
)
_EMAIL = re.compile(
    rf"(?<![A-Za-z0-9._%+*-])([A-Za-z0-9_][A-Za-z0-9._%+-]*){_AT}"
    rf"((?:[A-Za-z0-9-]+{_DOT}){{1,4}}[A-Za-z]{{2,8}})(?![A-Za-z0-9*])"
)
_AT_SIGNS = ("@", "#", "at", "AT", "艾特", "圈a", "圈A", "小老鼠")
_LABEL = (
    r"(?:微信(?!公众|小程序|群|支付|视频)|薇信|威信|徽信|微心|V信|v信|V❤"
    r"|QQ(?!群(?!主)|浏览|音乐|空间)|qq(?!群(?!主))|Qq|q q|Q Q|扣扣(?!群)|扣号|Q号|q号|企鹅号?"
    r"|v(?<![A-Za-z]v)(?=:)|V(?<![A-Za-z]V)(?=:)|加我?[vVxX微薇](?!信)|绿泡泡|加卫星|➕[vV]|Q(?<![A-Za-z]Q)(?=:)|WeChat|Wechat|wechat|WECHAT"
    r"|抖音(?=号|:|ID|id)|快手(?=号|:|ID|id)|微博(?=号|:|ID|id)|支付宝(?=号|账|:)|weixin|v\+|V\+"
    r"|vx(?![A-Za-z])|VX(?![A-Za-z])|Vx(?![A-Za-z])|wx(?![A-Za-z])|WX(?![A-Za-z])|Wx(?![A-Za-z]))"
)
_LINK = r"(?:号码?|邮箱|群主|账号|帐号|ID|id|联系|同号|是|为|我|请加|加|:|=|\(|\s|\.|,|/|-|→){0,12}"
_ACCOUNT = re.compile(
    rf"{_LABEL}(?P<link>{_LINK})"
    r"(?P<id>[A-Za-z_][A-Za-z0-9_-]{4,30}|[1-9](?:[ -]?\d){4,10})(?![\w*@]{0,40}[*@])"
)
_FREE = re.compile(r"(?<![A-Za-z0-9_*])wxid_[A-Za-z0-9_-]{5,30}(?!\*)")
_AMOUNT = re.compile(r"\s?(?:[元块万年月人次个张条]|\d)")
_DAY = re.compile(r"20[0-3]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_STATED = re.compile(r"[:=是为号]|账号|帐号|ID|id")


def accounts_in(text: str) -> Iterator[Span]:
    """Yield the e-mail addresses and accounts of a levelled text."""
    if any(sign in text for sign in _AT_SIGNS):
        for match in _EMAIL.finditer(text):
            yield Span(*match.span(), show_email(match[1], match[2]), PersonalData.EMAIL)
    for match in _ACCOUNT.finditer(text):
        name = match["id"]
        if name[0].isdigit() and (_AMOUNT.match(text, match.end()) or _DAY.fullmatch(name)):
            continue
        if name[0].isdigit() or re.search(r"[\d_-]", name) or _STATED.search(match["link"]):
            yield Span(*match.span("id"), show_account(name), PersonalData.ACCOUNT)
    if "wxid_" in text:
        for match in _FREE.finditer(text):
            yield Span(*match.span(), show_account(match[0]), PersonalData.ACCOUNT)


def show_email(name: str, host: str) -> str:
    """Return z***@qq.com, however the @ and the dots were written."""
    dotted = re.sub(r"[\s,点()\[\]{}]+|\b(?:dot|DOT)\b", ".", host)
    return f"{name[0]}***@{re.sub(r'[.]+', '.', dotted)}"


def show_account(name: str) -> str:
    """Return z***."""
    return f"{name[0]}***"
