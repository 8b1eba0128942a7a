"""The register of households 户台账: the dwelling of each, and its head."""

from hub.registers import values
from hub.registers.column import GRID, PHONE, STANDING, UNTIL, Column, Register
from schemas.registers.dwelling import RegisteredHousehold
from schemas.registers.entry import RegisterKind

HOUSEHOLDS = Register(
    RegisterKind.HOUSEHOLDS,
    RegisteredHousehold,
    "code",
    (
        Column(
            "code",
            values.own_code,
            ("户编号", "户号", "户编码", "家庭编号", "家庭户编号"),
            "示例",
            is_needed=True,
        ),
        GRID,
        Column(
            "dwelling",
            values.code,
            ("房屋编号", "房屋编码", "房屋代码", "房屋ID", "地址编码", "标准地址编码"),
            "F0001",
        ),
        STANDING,
        UNTIL,
        Column(
            "address",
            values.words,
            ("地址", "住址", "现住地址", "家庭住址", "详细地址"),
            "东门社区1栋101",
        ),
        Column("contact", values.words, ("户主姓名", "户主", "联系人"), "张三"),
        PHONE,
    ),
    sealed=("address", "contact", "phone"),
)
