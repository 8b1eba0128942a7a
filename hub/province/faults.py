"""Why the figures of a city could not be read 读取故障: the catalogue, and words for the page.

The page is in Chinese; the log and the JSON have the kind and a detail in English.
"""

from enum import StrEnum

from hub.runtime.errors import HubError


class CityFault(StrEnum):
    """Kinds of faults; docs/province.md lists them."""

    TOKEN_FILE = "token_file"  # noqa: S105 - the name of a fault, not a secret
    ADDRESS = "address"
    AWAY = "away"
    SLOW = "slow"
    REDIRECT = "redirect"
    TOKEN = "token"  # noqa: S105 - the same
    NO_FIGURES = "no_figures"
    BUSY = "busy"
    STATUS = "status"
    TOO_LARGE = "too_large"
    FORM = "form"
    OTHER_CITY = "other_city"
    CLOCK = "clock"
    OLDER = "older"


FAULT_TEXTS: dict[CityFault, str] = {
    CityFault.TOKEN_FILE: "令牌文件读不出，请检查城市名单中的文件名",
    CityFault.ADDRESS: "地址不在允许的网络内，请核对地址或 HUB_OUTBOUND_NETWORKS",
    CityFault.AWAY: "连不上该市的系统，请联系该市检查网络和服务",
    CityFault.SLOW: "该市没有在规定时间内答完，请联系该市检查",
    CityFault.REDIRECT: "该地址转到了别处，没有跟随；请在城市名单中写新地址",
    CityFault.TOKEN: "该市不认这个令牌，请该市重新发放",
    CityFault.NO_FIGURES: "该地址没有上报接口，请核对地址，或请该市升级",
    CityFault.BUSY: "该市系统暂时繁忙，下一轮再读",
    CityFault.STATUS: "该市系统答复出错，请该市查看运行日志",
    CityFault.TOO_LARGE: "答复过大，未采用；请核对地址",
    CityFault.FORM: "答复不符合上报格式，未采用；请该市检查版本",
    CityFault.OTHER_CITY: "答复的是别的城市的数据，未采用；请核对地址和代码",
    CityFault.CLOCK: "数据时间晚于现在，或在一年多以前，未采用；请核对两边的时钟",
    CityFault.OLDER: "数据比上次读到的还旧，未采用；请该市检查",
}
"""What the page says about a fault, and what to do."""


class CityFaultError(HubError):
    """A city's figures could not be read; `kind` is for the page, the message for the log."""

    def __init__(self, kind: CityFault, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
