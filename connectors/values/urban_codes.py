"""Codes of 部件 and 事件 by version of the table, in the form of GB/T 30428.2.

The standard has parts (部件) and events (事件), each with a two-digit main class 大类 and a
two-digit subclass 小类. Its text is not public, so the rows are our own; a city puts its own
table here under its version.
"""

from typing import NamedTuple


class Leaf(NamedTuple):
    """One row: four-digit code, its Chinese name, and the leaf of our tree."""

    code: str
    name: str
    category: str


PART, EVENT = "部件", "事件"

_COMMON = """
部件|0101|上水井盖|facility.manhole
部件|0102|污水井盖|facility.manhole
部件|0103|雨水井盖|facility.manhole
部件|0104|雨水箅子|facility.drainage
部件|0106|电力井盖|facility.manhole
部件|0112|路灯|facility.streetlight
部件|0118|燃气调压站|facility.gas
部件|0120|供水器|facility.water
部件|0201|停车场|order.parking
部件|0206|交通信号灯|transport.road
部件|0207|人行道板|facility.road
部件|0301|垃圾箱|environment.garbage
事件|0101|私搭乱建|order.construction
事件|0102|暴露垃圾|environment.garbage
事件|0103|积存垃圾渣土|environment.garbage
事件|0104|道路不洁|environment.garbage
事件|0105|水域不洁|environment.water
事件|0108|油烟污染|environment.air
事件|0109|施工扰民|environment.noise
事件|0110|道路破损|facility.road
事件|0111|路面积水|facility.drainage
事件|0201|违章广告|order.advert
事件|0202|街头小广告|order.advert
事件|0301|施工占道|order.vendor
事件|0401|占道经营|order.vendor
事件|0402|店外经营|order.vendor
事件|0405|机动车乱停放|order.parking
事件|0407|流浪犬|order.pets
"""
_SINCE_2023 = """
事件|0501|飞线充电|safety.fire
事件|0502|高空坠物隐患|safety.hazard
"""


def _table(rows: str) -> dict[tuple[str, str], Leaf]:
    table = {}
    for row in rows.split():
        kind, code, name, category = row.split("|")
        table[kind, code] = Leaf(code, name, category)
    return table


TABLES: dict[str, dict[tuple[str, str], Leaf]] = {
    "2013": _table(_COMMON),
    "2023": _table(_COMMON + _SINCE_2023),
}
"""Version → (部件 or 事件, code) → leaf."""
