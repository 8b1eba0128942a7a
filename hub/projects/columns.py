"""Headers and words of lists of projects 表头与取值, as offices write them. Pure."""

from collections.abc import Mapping

from schemas.projects.money import MoneySource
from schemas.projects.project import CLASS_NAMES, STAGE_NAMES, ProjectClass, Stage

NAMES: Mapping[str, str] = {
    "number": "项目编号",
    "name": "项目名称",
    "project_class": "项目类别",
    "township": "乡镇",
    "village": "村",
    "division_code": "区划代码",
    "unit": "责任单位",
    "place": "地点",
    "summary": "建设内容",
    "budget": "总投资",
    "stage": "阶段",
    "due": "期限",
    "contractor": "施工方",
}
"""Field → the header that the template has."""
LONGEST_LINE, LONGEST_TEXT = 100, 1000
"""Characters of a line and of the content: the page of a board is read on a phone."""
NEEDED = ("项目名称", "村", "总投资")
HEADERS: Mapping[str, tuple[str, ...]] = {
    "number": ("编号", "项目代码", "项目编码"),
    "name": ("名称", "项目"),
    "project_class": ("类别", "类型", "项目类型", "分类"),
    "township": ("镇区", "镇街", "乡镇街道", "镇(街道)", "乡镇(街道)", "街道", "镇", "镇(街)"),
    "village": ("村名", "行政村", "村(社区)", "村社区", "村居", "社区", "实施村", "所在村"),
    "division_code": ("村代码", "行政区划代码"),
    "unit": ("责任部门", "实施单位", "建设单位", "主体单位"),
    "place": ("项目建设地点", "建设地点", "项目地点", "实施地点", "湾组", "自然湾"),
    "summary": ("项目建设具体内容", "建设内容及规模", "计划建设内容", "项目内容", "内容"),
    "budget": (
        *("预算", "投资", "总预算", "项目总投资", "投资额", "预算资金", "概算", "项目投资"),
        *("总投资额", "投资总额", "投资金额", "计划投资", "投资概算", "投资规模"),
    ),
    "stage": ("当前阶段", "项目阶段", "进度", "项目进度"),
    "due": ("完成时限", "完工时间", "计划完工时间", "截止日期"),
    "contractor": ("施工单位", "承建单位", "中标单位", "施工队"),
}
PLANNED: Mapping[MoneySource, tuple[str, ...]] = {
    MoneySource.SUBSIDY: (
        "以奖代补",
        "奖补",
        "财政奖补",
        "一事一议奖补",
        "申请奖补",
        "申请财政奖补",
    ),
    MoneySource.COLLECTIVE: (
        *("村集体", "集体", "村集体投入", "集体投入", "村集体自筹", "村级自筹", "村自筹"),
        *("集体出资", "村集体出资", "集体经济投入", "村集体经济投入"),
    ),
    MoneySource.RESIDENTS: (
        *("群众自筹", "村民筹资", "群众筹资", "村民自筹", "农户自筹", "居民自筹", "筹资"),
        "一事一议筹资",
    ),
    MoneySource.LABOUR: (
        *("投工投劳折款", "投工投劳", "筹劳折资", "投劳折资", "以劳折资", "村民筹劳折资", "筹劳"),
        "投工投劳折资",
    ),
    MoneySource.DONATION: ("捐赠", "社会捐赠", "捐资", "社会捐资", "捐款", "社会捐助", "乡贤捐赠"),
    MoneySource.BUDGET: (
        "财政",
        "财政投入",
        "财政补助",
        "财政安排",
        "财政衔接",
        "衔接",
        "上级补助",
    ),
    MoneySource.OTHER: ("其他", "其它", "整合其他", "自筹", "其他投入"),
}
"""Headers of planned sources without 资金. 自筹 alone does not say who pays."""
LEVELS = ("中央", "省级", "市级", "州级", "县级", "区级", "县(区)级", "镇级")
"""Headers of the parts of 财政资金 by level; beside a column of their sum they are not added."""
SHORT_LEVELS = ("省", "市", "州", "县", "区", "县(区)", "镇")
"""The same before 财政 or 资金; alone they are headers of places."""
NOT_PLANNED = ("到位", "到账", "已", "支出", "支付", "完成", "拨付", "实际", "结余", "决算", "累计")
"""Words of headers of money that has come in or was spent: that is no plan."""
CLASS_WORDS: Mapping[ProjectClass, tuple[str, ...]] = {
    ProjectClass.WATER: (
        "供水",
        "饮水",
        "自来水",
        "排水",
        "水渠",
        "沟渠",
        "堰",
        "塘",
        "水利",
        "泵",
    ),
    ProjectClass.ENVIRONMENT: ("环境", "垃圾", "污水", "厕", "绿化", "整治", "清淤", "人居"),
    ProjectClass.CARE: ("养老", "托幼", "幸福食堂", "日间照料", "卫生室", "幼儿"),
    ProjectClass.CULTURE: ("文化", "体育", "篮球", "健身", "戏台", "书屋"),
    ProjectClass.INDUSTRY: ("产业", "种植", "养殖", "大棚", "加工", "冷库", "合作社", "基地"),
    ProjectClass.ROAD: (
        "道路",
        "公路",
        "通组路",
        "村道",
        "路面",
        "刷黑",
        "硬化",
        "桥",
        "停车",
        "交通",
    ),
    ProjectClass.FACILITY: ("设施", "路灯", "亮化", "广场", "电梯", "充电", "监控", "消防", "围墙"),
}
"""Words that show the class, the more particular first."""


PROGRESS: Mapping[str, Stage] = {
    "在建": Stage.CONSTRUCTION,
    "开工": Stage.CONSTRUCTION,
    "已开工": Stage.CONSTRUCTION,
    "正在施工": Stage.CONSTRUCTION,
    "完工": Stage.ACCEPTANCE,
    "已完工": Stage.ACCEPTANCE,
    "竣工": Stage.ACCEPTANCE,
    "已竣工": Stage.ACCEPTANCE,
    "待验收": Stage.ACCEPTANCE,
    "已验收": Stage.PUBLICATION,
}
"""Words for how far a project is, and the stage that they mean. 未开工 may mean several."""


def field_of(header: str) -> str:
    """Return the field of a header, such as `总投资(万元)`; empty if it is none."""
    plain = _plain(header)
    if plain == "":
        return ""
    for name, own in NAMES.items():
        if plain == own or plain in HEADERS.get(name, ()):
            return name
    return ""


def planned_of(header: str) -> tuple[MoneySource, bool] | None:
    """Return the planned source of a header such as `村集体投入(万元)`; None if it is none.

    The second value is True for a level of the public budget, such as 省级资金.
    """
    plain = _plain(header)
    if any(word in plain for word in NOT_PLANNED):
        return None
    plain = plain.removeprefix("其中:").removeprefix("其中").removeprefix("计划")
    short = plain
    for ending in ("资金", "补助", "衔接", "财政"):
        short = short.removesuffix(ending)
    if short in LEVELS or (short != plain and short in SHORT_LEVELS):
        return MoneySource.BUDGET, True
    for source, words in PLANNED.items():
        if plain in words or plain.removesuffix("资金") in words:
            return source, False
    return None


def _plain(header: str) -> str:
    """Return a header without its unit."""
    for unit in ("(万元)", "(元)", "(万)"):
        header = header.removesuffix(unit)
    return header.strip()


def class_of(text: str) -> ProjectClass | None:
    """Return the class that a text names or describes; None if it does neither."""
    for code, name in CLASS_NAMES.items():
        if text in (code.value, name):
            return code
    return next(
        (code for code, words in CLASS_WORDS.items() if any(w in text for w in words)), None
    )


def stage_of(text: str) -> Stage | None:
    """Return the stage that a text names, the first one for an empty text; None for another."""
    plain = text.removesuffix("阶段").removesuffix("中").strip()
    if not plain:
        return Stage.PROPOSED
    if plain in PROGRESS:
        return PROGRESS[plain]
    return next((stage for stage, name in STAGE_NAMES.items() if name == plain), None)
