"""Headers and words of lists of projects 表头与取值, as offices write them. Pure."""

from collections.abc import Mapping

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
    plain = header.removesuffix("(万元)").removesuffix("(元)").removesuffix("(万)").strip()
    if plain == "":
        return ""
    for name, own in NAMES.items():
        if plain == own or plain in HEADERS.get(name, ()):
            return name
    return ""


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
