"""The register of premises 场所台账: shops, sites, schools, hydrants."""

from hub.registers import values
from hub.registers.column import GRID, LAT, LON, PHONE, STANDING, UNTIL, Column, Register
from schemas.registers.entry import Premises, RegisterKind

PREMISES = Register(
    RegisterKind.PREMISES,
    Premises,
    "code",
    (
        Column(
            "code",
            values.own_code,
            ("场所编号", "场所编码", "场所代码", "编号", "编码", "部件编号"),
            "P-0001",
            is_needed=True,
        ),
        Column(
            "name",
            values.words,
            ("场所名称", "名称", "部件名称"),
            "示例",
            is_needed=True,
        ),
        GRID,
        Column(
            "kind", values.words, ("场所类型", "场所类别", "类型", "类别"), "消火栓", repeats=True
        ),
        STANDING,
        UNTIL,
        Column("address", values.words, ("地址", "场所地址", "详细地址", "位置"), "东门路1号"),
        Column("contact", values.words, ("负责人", "联系人", "场所负责人", "责任人"), "张三"),
        PHONE,
        LON,
        LAT,
    ),
    sealed=("contact", "phone"),
)
