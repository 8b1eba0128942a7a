"""The register of organisations 市场主体与机构台账: firms, traders, offices, associations.

One register for all of them, because one code names them all, and its first characters say what
each is. `grid_numbers` counts firms and institutions apart.
"""

from hub.registers import values
from hub.registers.column import GRID, PHONE, STANDING, UNTIL, Column, Fields, Register
from hub.registers.kinds.credit_codes import kind_of, organisation_code
from schemas.registers.entry import Firm, RegisterKind


def finish_firm(fields: Fields) -> list[str]:
    """Add the kind that the code says, if the row says none."""
    if not fields.get("kind") and (code := fields.get("code")):
        fields["kind"] = kind_of(code)
    return []


FIRMS = Register(
    RegisterKind.FIRMS,
    Firm,
    "code",
    (
        Column(
            "code",
            organisation_code,
            (
                *("统一社会信用代码", "信用代码", "社会信用代码", "统一信用代码", "统一代码"),
                *("机构代码", "组织机构代码", "统一社会信用代码/组织机构代码"),
            ),
            "91429999MA00000018",
            is_needed=True,
        ),
        Column(
            "name",
            values.words,
            (
                *("名称", "企业名称", "市场主体名称", "单位名称", "商户名称", "字号名称"),
                *("机构名称", "组织名称", "社会组织名称"),
            ),
            "示例",
            is_needed=True,
        ),
        GRID,
        Column(
            "kind",
            values.words,
            ("主体类型", "企业类型", "市场主体类型", "类型", "机构类型", "单位类型", "组织类型"),
            "个体工商户",
            repeats=True,
        ),
        Column(
            "industry",
            values.words,
            ("行业", "所属行业", "行业类别", "行业门类"),
            "零售业",
            repeats=True,
        ),
        STANDING,
        UNTIL,
        Column(
            "address",
            values.words,
            ("经营地址", "住所", "经营场所", "注册地址", "地址", "详细地址", "办公地址"),
            "东门路1号",
        ),
        Column(
            "contact",
            values.words,
            ("联系人", "负责人", "法定代表人", "法人代表", "法人", "经营者"),
            "张三",
        ),
        PHONE,
    ),
    sealed=("contact", "phone"),
    finish=finish_firm,
)
