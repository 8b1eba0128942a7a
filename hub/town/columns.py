"""Chinese headers and words 表头与取值 of a town's tables, beside the names in the code.

People write 代码 and 主责; the registers have `code` and `own`. Both are read.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache

from schemas.category import CATEGORIES

HEADERS: Mapping[str, tuple[str, ...]] = {
    "code": (
        "代码",
        "编码",
        "编号",
        "区划代码",
        "城市代码",
        "统计用区划代码",
        "网格编码",
        "单位编码",
    ),
    "name": (
        "名称",
        "姓名",
        "网格名称",
        "单位名称",
        "地名",
        "证明名称",
        "证明事项",
        "证明事项名称",
        "城市",
        "城市名称",
    ),
    "parent": ("上级代码", "上级", "上级区划"),
    "former": ("原代码", "旧代码"),
    "tier": ("层级", "级别"),
    "area": ("服务区域代码", "服务区域", "所属区划", "管辖区域"),
    "unit_type": ("单位类型", "类型"),
    "category": ("事项", "事项分类", "事项类别"),
    "duty": ("职责", "责任"),
    "kind": ("类别", "种类", "任务类型"),
    "division_code": ("社区代码", "村社区代码", "所属社区代码"),
    "grid_code": ("网格代码", "所属网格代码", "所属网格"),
    "lon": ("经度",),
    "lat": ("纬度",),
    "aliases": ("别名", "俗称"),
    "households": ("户数",),
    "classes": ("重点户类别", "关爱类别"),
    "since": ("开始日期", "起始日期"),
    "until": ("结束日期", "截止日期"),
    "role": ("角色",),
    "unit": ("单位代码", "所属单位", "所属单位代码"),
    "status": ("状态", "保留或取消", "清单状态", "类型", "清理意见", "清理结果"),
    "department": ("部门", "责任部门", "主管部门", "用证部门", "索要单位", "索要部门", "行使部门"),
    "instead": ("替代方式", "办理方式", "取消后办理方式", "取消后的办理方式", "替代措施"),
    "ground": ("依据", "设定依据", "法律依据", "文号", "取消依据", "政策依据"),
    "most": ("每年次数上限", "次数上限", "每年次数"),
    "address": ("地址", "网址", "接口地址"),
    "token_file": ("令牌文件", "密钥文件"),
    "inhabitants": ("常住人口", "人口", "常住人口数"),
}
"""Name of a column → the Chinese headers that mean it, the one of the templates first."""

WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "tier": {
        "grid": ("网格",),
        "village": ("村社区", "社区", "村", "村居", "村（社区）", "村(社区)"),
        "township": ("乡镇街道", "乡镇", "街道", "镇", "乡镇（街道）", "乡镇(街道)"),
        "county": ("区县", "县区", "县", "区", "县级"),
    },
    "unit_type": {
        "grid": ("网格",),
        "village": ("村社区", "社区", "村居"),
        "township": ("乡镇街道", "乡镇", "街道"),
        "outside": ("辖区外", "职权外", "辖区外单位"),
    },
    "duty": {"own": ("主责",), "assisted": ("配合",), "delegated": ("赋权",)},
    "kind": {
        "quarter": ("小区",),
        "road": ("道路", "路", "街"),
        "village": ("村",),
        "landmark": ("地标", "标志物"),
        "full_time": ("专职",),
        "part_time": ("兼职",),
        "specialist": ("专属",),
        "form": ("填表报数", "报表", "填表", "台账"),
        "inspection": ("检查考核", "检查", "考核", "督查"),
        "meeting": ("会议", "开会"),
        "campaign": ("专项行动", "专项", "整治"),
    },
    "role": {
        "city": ("全域",),
        "township": ("乡镇街道", "乡镇", "街道"),
        "unit": ("承办单位", "单位"),
        "auditor": ("审计",),
        "grid_worker": ("网格员",),
    },
    "status": {"kept": ("保留", "保留证明"), "cancelled": ("取消", "已取消", "不再出具")},
    "department": {"*": ("各部门", "全部", "所有部门")},
}
"""Column → value → the Chinese words that mean it, the one of the templates first."""


def column_of(header: str, fields: Mapping[str, object]) -> str:
    """Return the field that a header means, or the header itself."""
    header = header.strip().strip("*＊")
    if header in fields:
        return header
    return next((name for name in fields if header in HEADERS.get(name, ())), header)


def value_of(column: str, value: str) -> str:
    """Return the value that a word means in a column, or the word itself, without outer blanks."""
    value = value.strip()
    if column == "category":
        return _categories().get(value, value)
    words = WORDS.get(column, {})
    return next((meant for meant, known in words.items() if value in known), value)


def header_of(name: str) -> str:
    """Return the Chinese header of a column in the templates."""
    return HEADERS[name][0]


def word_of(column: str, value: str) -> str:
    """Return the Chinese word of a value in the templates, or the value itself."""
    if column == "category" and value in CATEGORIES:
        return CATEGORIES[value].name
    return WORDS.get(column, {}).get(value, (value,))[0]


def nearest(header: str, fields: Mapping[str, object]) -> str:
    """Return the header that a misspelt one is closest to, or an empty text."""
    known = [*fields, *(word for name in fields for word in HEADERS.get(name, ()))]
    return next(iter(get_close_matches(header, known, n=1, cutoff=0.5)), "")


@lru_cache(maxsize=1)
def _categories() -> Mapping[str, str]:
    """Return the code of each leaf by its Chinese name."""
    return {category.name: code for code, category in CATEGORIES.items()}
