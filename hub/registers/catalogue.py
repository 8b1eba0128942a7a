"""The registers 台账目录: of each one its columns, the headers that people write, and its table."""

from collections.abc import Mapping
from dataclasses import dataclass

from hub.registers import values
from hub.registers.tables import TABLE_COLUMNS
from schemas.registers.entry import Entry, Firm, Person, Premises, RegisterKind


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a register's file: the field, how its cells are read, and its headers.

    The first header is that of the templates. `example` stands in the template's example row.
    """

    field: str
    read: values.Read
    headers: tuple[str, ...]
    example: str = ""
    is_needed: bool = False
    repeats: bool = False
    """Few texts are in many rows, so each is read once."""


@dataclass(frozen=True, slots=True)
class Register:
    """A register: the model of its entries, its key, its columns, and which fields are sealed."""

    kind: RegisterKind
    model: type[Entry]
    key: str
    columns: tuple[Column, ...]
    sealed: tuple[str, ...]

    @property
    def needed(self) -> tuple[str, ...]:
        """The fields without which a file is not read."""
        return tuple(column.field for column in self.columns if column.is_needed)

    @property
    def naming(self) -> str:
        """The needed field in which the example row of a template says that it is one."""
        fields = self.needed
        return "name" if "name" in fields else fields[0]

    @property
    def table_columns(self) -> tuple[str, ...]:
        """The columns of the table, in the order in which rows are passed."""
        return TABLE_COLUMNS[self.kind]


GRID = Column(
    "grid_code",
    values.code,
    ("网格编码", "网格代码", "所属网格编码", "所属网格代码", "所属网格", "网格编号", "网格号"),
    "429999001001001",
    is_needed=True,
    repeats=True,
)
STANDING = Column(
    "standing",
    values.standing,
    ("状态", "当前状态", "登记状态", "人员状态"),
    "在册",
    repeats=True,
)
UNTIL = Column(
    "until",
    values.day,
    ("注销日期", "迁出日期", "死亡日期", "停用日期", "变动日期", "注销时间", "迁出时间"),
    repeats=True,
)
PHONE = Column(
    "phone",
    values.words,
    ("联系电话", "电话", "手机号", "手机号码", "手机", "联系方式", "电话号码"),
    "13800000000",
)

PEOPLE = Register(
    RegisterKind.PEOPLE,
    Person,
    "id_number",
    (
        Column(
            "id_number",
            values.id_number,
            ("身份证号", "身份证号码", "公民身份号码", "证件号码", "证件号", "身份证"),
            "11010519491231002X",
            is_needed=True,
        ),
        Column("name", values.words, ("姓名", "人员姓名", "居民姓名"), "示例", is_needed=True),
        GRID,
        Column(
            "classes",
            values.classes,
            ("人员类别", "关爱类别", "重点人员类别", "人员类型", "类别", "标签"),
            "独居老人|残疾人",
            repeats=True,
        ),
        STANDING,
        UNTIL,
        Column("household", values.code, ("户编号", "户号", "户编码", "家庭编号"), "H0001"),
        Column(
            "address",
            values.words,
            ("现住地址", "居住地址", "住址", "现住址", "家庭住址", "详细地址", "地址"),
            "东门社区1栋101",
        ),
        PHONE,
    ),
    sealed=("id_number", "name", "address", "phone"),
)
FIRMS = Register(
    RegisterKind.FIRMS,
    Firm,
    "code",
    (
        Column(
            "code",
            values.firm_code,
            ("统一社会信用代码", "信用代码", "社会信用代码", "统一信用代码", "统一代码"),
            "91429999MA00000018",
            is_needed=True,
        ),
        Column(
            "name",
            values.words,
            ("名称", "企业名称", "市场主体名称", "单位名称", "商户名称", "字号名称"),
            "示例",
            is_needed=True,
        ),
        GRID,
        Column(
            "kind",
            values.words,
            ("主体类型", "企业类型", "市场主体类型", "类型"),
            "个体工商户",
            repeats=True,
        ),
        Column("industry", values.words, ("行业", "所属行业", "行业类别", "行业门类"), "零售业"),
        STANDING,
        UNTIL,
        Column(
            "address",
            values.words,
            ("经营地址", "住所", "经营场所", "注册地址", "地址", "详细地址"),
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
)
PREMISES = Register(
    RegisterKind.PREMISES,
    Premises,
    "code",
    (
        Column(
            "code",
            values.code,
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
        Column("kind", values.words, ("场所类型", "场所类别", "类型", "类别"), "消火栓"),
        STANDING,
        UNTIL,
        Column("address", values.words, ("地址", "场所地址", "详细地址", "位置"), "东门路1号"),
        Column("contact", values.words, ("负责人", "联系人", "场所负责人", "责任人"), "张三"),
        PHONE,
        Column("lon", values.degrees, ("经度", "X坐标"), "114.905159"),
        Column("lat", values.degrees, ("纬度", "Y坐标"), "30.052909"),
    ),
    sealed=("contact", "phone"),
)
REGISTERS: Mapping[RegisterKind, Register] = {
    register.kind: register for register in (PEOPLE, FIRMS, PREMISES)
}
