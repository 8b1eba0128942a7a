"""The register of dwellings 房屋台账: address, use, owner; a flat or a house each.

The parts of an address come from columns of their own, or are read from the address, so that the
page of a case can find the building that a report names.
"""

from collections.abc import Mapping

from connectors.formats.sheets.sheet import Cell
from hub.registers import values
from hub.registers.column import GRID, LAT, LON, PHONE, STANDING, UNTIL, Column, Fields, Register
from schemas.registers.dwelling import DWELLING_NAMES, Dwelling, DwellingKind
from schemas.registers.entry import RegisterKind, Standing
from streams.town.dwelling_address import estate_of, number_of, parse_dwelling

PARTS = ("estate", "building", "unit", "room")
_KIND_OF: Mapping[str, DwellingKind] = {
    **{name: kind for kind, name in DWELLING_NAMES.items()},
    **dict.fromkeys(("自住房", "自用", "自有", "自住用房", "自有住房"), DwellingKind.OWN),
    **dict.fromkeys(
        (
            "出租房",
            "出租屋",
            "出租房屋",
            "租赁",
            "租住",
            "整租",
            "租赁住房",
            "大型出租房",
            "公租房",
            "廉租房",
        ),
        DwellingKind.RENTED,
    ),
    **dict.fromkeys(("群租房", "合租", "集体宿舍", "隔断房"), DwellingKind.SHARED),
    **dict.fromkeys(("空置房", "空房", "闲置", "空挂", "未入住", "无人居住"), DwellingKind.VACANT),
    **dict.fromkeys(
        ("经营用房", "商用", "商铺", "商业", "门面房", "住改商", "商住", "商住两用", "办公"),
        DwellingKind.BUSINESS,
    ),
    **dict.fromkeys(("其它", "其他用途", "借住", "寄住", "宿舍"), DwellingKind.OTHER),
}


_PROPERTY = """
住宅 商品房 经济适用房 安置房 回迁房 拆迁房 房改房 单位房 集资房 自建房 平房 楼房 私房 公房
小区 住宅小区
"""
NO_USE = frozenset(_PROPERTY.split())
"""Kinds of property or building, which exports write under the same headers; they say no use."""


def dwelling_kind(cell: Cell) -> values.Mended:
    """Return how a dwelling is used, by its name or a usual one; raises ValueError."""
    text = values.usable(cell)
    if text in DWELLING_NAMES:
        return values.Mended(DwellingKind(text))
    if text in NO_USE:
        return values.Mended(DwellingKind.UNSTATED)
    if text not in _KIND_OF:
        known = "、".join(DWELLING_NAMES.values())
        raise ValueError(f"{values.shown(text)} is no use of a dwelling; write one of {known}")
    return values.Mended(_KIND_OF[text])


def _one_use(first: DwellingKind, second: DwellingKind) -> DwellingKind:
    if first and second and first is not second:
        spoken = f"{DWELLING_NAMES[first]} and {DWELLING_NAMES[second]}"
        raise ValueError(f"two columns say {spoken}; correct one")
    return first or second


def finish_dwelling(fields: Fields) -> list[str]:
    """Complete address and parts from each other, and the use from 是否出租 and 是否群租.

    Raises ValueError if the address is missing, or if the columns about the use contradict it.
    """
    _read_use(fields)
    for part in PARTS:
        if written := fields.get(part):
            fields[part] = estate_of(written) if part == "estate" else number_of(written)
    if address := fields.get("address"):
        parsed = parse_dwelling(address)
        if parsed is not None:
            for part in PARTS:
                fields[part] = fields.get(part) or getattr(parsed, part)
    elif fields.get("estate") or fields.get("building"):
        fields["address"] = _composed(fields)
    elif "until" not in fields and fields.get("standing") in (None, Standing.CURRENT):
        raise ValueError("地址 is empty; write it, or 小区, 楼栋, 单元 and 室号")
    return []


def _composed(fields: Fields) -> str:
    words = (("estate", ""), ("building", "号楼"), ("unit", "单元"), ("room", "室"))
    return "".join(f"{fields[part]}{word}" for part, word in words if fields.get(part))


def _read_use(fields: Fields) -> None:
    is_rented, is_shared = fields.pop("is_rented", None), fields.pop("is_shared", None)
    kind = fields.get("kind")
    implied = DwellingKind.SHARED if is_shared else DwellingKind.RENTED if is_rented else None
    if implied is None:
        return
    if kind in (None, DwellingKind.UNSTATED, DwellingKind.OTHER, DwellingKind.RENTED):
        fields["kind"] = implied
    elif kind is not DwellingKind.SHARED:
        word = "是否群租" if is_shared else "是否出租"
        raise ValueError(f"房屋类型 says {DWELLING_NAMES[kind]}, but {word} says 是")


DWELLINGS = Register(
    RegisterKind.DWELLINGS,
    Dwelling,
    "code",
    (
        Column(
            "code",
            values.own_code,
            (
                *("房屋编号", "房屋编码", "房屋代码", "房屋ID", "地址编码", "标准地址编码"),
                *("标准地址代码", "房间编号"),
            ),
            "示例",
            is_needed=True,
        ),
        GRID,
        Column(
            "address",
            values.words,
            ("地址", "房屋地址", "详细地址", "标准地址", "坐落"),
            "东门路1号幸福小区3号楼2单元501室",
        ),
        Column("estate", values.words, ("小区", "小区名称", "所属小区", "小区/建筑名称")),
        Column("building", values.words, ("楼栋", "楼栋号", "楼号", "栋号", "幢号", "楼栋编号")),
        Column("unit", values.words, ("单元", "单元号")),
        Column("room", values.words, ("室号", "房号", "房间号", "门牌号", "户室号")),
        Column(
            "kind",
            dwelling_kind,
            (
                "房屋类型",
                "房屋使用情况",
                "使用情况",
                "房屋用途",
                "房屋性质",
                "居住状态",
                "使用性质",
            ),
            "自住",
            repeats=True,
            combine=_one_use,
        ),
        STANDING,
        UNTIL,
        Column(
            "contact",
            values.words,
            ("产权人", "房主", "房东", "房东姓名", "业主", "业主姓名", "屋主", "房主姓名"),
            "张三",
        ),
        PHONE.also("房东电话", "业主电话", "屋主电话", "房主电话"),
        LON,
        LAT,
        Column(
            "is_rented",
            values.yes_no,
            ("是否出租", "是否为出租房", "是否出租房", "是否出租屋"),
            repeats=True,
            in_template=False,
        ),
        Column(
            "is_shared",
            values.yes_no,
            ("是否群租", "是否群租房", "是否为群租房"),
            repeats=True,
            in_template=False,
        ),
    ),
    sealed=("contact", "phone"),
    finish=finish_dwelling,
)
