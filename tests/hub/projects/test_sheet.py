"""Lists of projects as offices keep them: titles, merged cells, ten thousands, totals, GBK."""

import io
from datetime import UTC, date, datetime

import pytest
from openpyxl import Workbook

from hub.admin.community.projects import record_of
from hub.projects.places import PlaceError, Places
from hub.projects.sheet import ListError, ProjectList, read_list
from schemas.projects.project import ProjectClass, Stage
from schemas.town.register import Area, Unit
from tests.hub.projects.built import folded

NOW = datetime(2026, 11, 29, 4, 0, tzinfo=UTC)
AREAS = (
    Area(code="421299", name="县"),
    Area(code="421299001", name="金湖街道", parent="421299"),
    Area(code="421299001001", name="柳林村", parent="421299001"),
    Area(code="421299001002", name="文昌社区", parent="421299001"),
    Area(code="421299002", name="白云镇", parent="421299"),
    Area(code="421299002001", name="柳林村", parent="421299002"),
)
UNITS = (
    *(
        Unit(code=a.code, name=f"{a.name}两委", tier="village", area=a.code, unit_type="village")
        for a in AREAS
        if len(a.code) == 12
    ),
    Unit(code="JT", name="交通局", tier="county", area="421299", unit_type="交通局"),
)
PLACES = Places(AREAS, UNITS)


def read(content: bytes) -> ProjectList:
    """Return the projects of a file."""
    return read_list(content, PLACES, NOW)


def workbook(rows: list[list[object]], merged: tuple[str, ...] = ()) -> bytes:
    """Return an Excel file with these rows and merged areas."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for area in merged:
        sheet.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def plan() -> bytes:
    """Return a plan of projects in the form that counties publish."""
    return workbook(
        [
            ["2026年第一批衔接资金项目实施计划"],
            ["单位：万元"],
            ["序号", "镇区", "村名", "项目类别", "项目名称", "项目建设具体内容", "总投资", "备注"],
            ["合计", None, None, None, None, None, 113.5, None],
            ["一", "产业发展", None, None, None, None, 40, None],
            [1, "金湖街道", "柳林村", "产业发展", "果蔬冷库", "建冷库200立方米", 40, None],
            ["二", "乡村建设行动", None, None, None, None, 73.5, None],
            [2, "金湖街道", "文昌社区居委会", "乡村建设", "停车场", "建车位26个", 25, None],
            [3, None, "柳林村", "乡村建设", "通组路硬化", "硬化1.2公里", 48.5, None],
            [None, None, None, None, None, None, None, None],
        ],
        ("A1:H1", "B8:B9"),
    )


def test_a_published_plan_is_read() -> None:
    """Amounts are in ten thousands; totals, headings of classes and empty rows are no projects."""
    listed = read(plan())
    assert listed.faults == []
    assert listed.skipped == 3
    rows = [
        (p.details.name, p.details.division_code, p.details.project_class, p.details.budget)
        for p in listed.projects
    ]
    assert rows == [
        ("果蔬冷库", "421299001001", ProjectClass.INDUSTRY, "400000.00"),
        ("停车场", "421299001002", ProjectClass.ROAD, "250000.00"),
        ("通组路硬化", "421299001001", ProjectClass.ROAD, "485000.00"),
    ]
    assert {p.details.unit for p in listed.projects} == {"421299001001", "421299001002"}
    assert {p.stage for p in listed.projects} == {Stage.PROPOSED}


def test_a_list_in_gbk_with_stage_and_day_is_read() -> None:
    """A planned source is no money that has come in."""
    text = (
        "项目编号,乡镇(街道),行政村,项目名称,总投资(万元),自筹资金(万元),当前阶段,"
        "完成时限,施工单位\n"
        "2026-1,白云,柳林,路灯亮化,７.2,1.5,施工,2026/12/31,恒达公司\n"
    )
    (project,) = read(text.encode("gb18030")).projects
    assert project.details.division_code == "421299002001"
    assert project.details.budget == "72000.00"
    assert project.stage is Stage.CONSTRUCTION
    assert project.due == date(2026, 12, 31)
    state = folded([record_of(project, "operator", NOW)])
    assert (state.contractor, str(state.raised)) == ("恒达公司", "0.00")
    assert (state.present.stage, state.seq) == (Stage.CONSTRUCTION, 1)


SUBSIDY = ["序号", "乡镇", "村", "项目名称", "项目投资（万元）", None, None, "受益人口"]
"""The header of a list of subsidised projects 一事一议奖补: the budget is over its parts."""


@pytest.mark.parametrize(
    ("parts", "amounts"),
    [
        (["合计", "财政奖补", "村民筹资"], [25.5, 18, 7.5]),
        (["财政奖补", "村民筹资", "合计"], [18, 7.5, 25.5]),
        (["财政奖补", "小 计", "其他"], [18, 25.5, None]),
    ],
)
@pytest.mark.parametrize("merged", [(), ("A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:G2", "H2:H3")])
def test_the_budget_is_the_total_of_its_parts(
    parts: list[object], amounts: list[object], merged: tuple[str, ...]
) -> None:
    """Which part stands first makes no difference, and merged cells make none."""
    rows = [
        ["2026年度农村公益事业财政奖补项目明细表"],
        SUBSIDY,
        [None, None, None, None, *parts],
        [1, "白云镇", "柳林村", "通组路硬化", *amounts, 400],
    ]
    listed = read(workbook(rows, merged))
    assert listed.faults == []
    assert [p.details.budget for p in listed.projects] == ["255000.00"]


def test_a_budget_without_a_total_is_refused() -> None:
    """One part of the money would be shown to everybody as the whole."""
    rows = [SUBSIDY, [None, None, None, None, "财政奖补", "村民筹资", "其他"]]
    with pytest.raises(ListError, match="没有合计一列"):
        read(workbook([*rows, [1, "白云镇", "柳林村", "通组路硬化", 18, 7.5, None, 400]]))


@pytest.mark.parametrize(
    ("word", "stage"),
    [
        ("在建", Stage.CONSTRUCTION),
        ("已完工", Stage.ACCEPTANCE),
        ("已验收", Stage.PUBLICATION),
        ("施工中", Stage.CONSTRUCTION),
        ("未开工", None),
        ("60%", None),
    ],
)
def test_words_for_the_progress_of_works_are_stages(word: str, stage: Stage | None) -> None:
    """A word that may mean several stages is refused with the stages."""
    header = ["村", "项目名称", "总投资（万元）", "项目进度"]
    listed = read(workbook([header, ["文昌社区", "停车场", 3, word]]))
    assert [p.stage for p in listed.projects] == ([stage] if stage else [])
    assert all("提议、议定" in detail for _, detail in listed.faults)
    assert len(listed.faults) == (stage is None)


def test_a_township_before_the_village_is_read() -> None:
    """Offices write the whole name; the same village of another township is another one."""
    header = ["村", "项目名称", "总投资（万元）"]
    listed = read(workbook([header, ["白云镇柳林村村民委员会", "停车场", 3]]))
    assert [p.details.division_code for p in listed.projects] == ["421299002001"]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (["没有的村", "路灯", 5], "没有没有的村这个村"),
        (["柳林村", "路灯", 5], "有2个柳林村"),
        (["文昌社区", "路灯", "约5"], "不是金额"),
        (["文昌社区", None, 5], "没有项目名称"),
        (["文昌社区", "路灯", None], "没有总投资"),
        (["文昌社区", "其他事项", 5], "看不出是哪一类"),
        (["文昌社区", "路灯", "=B1*2"], "公式"),
        (["文昌社区", "路灯" * 51, 5], "项目名称最多100字，现有102字"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_with_its_reason(
    cells: list[object], reason: str
) -> None:
    """The rows before and after it are read all the same."""
    good = ["文昌社区", "停车场", 3]
    listed = read(workbook([["村", "项目名称", "总投资（万元）"], good, cells]))
    assert len(listed.projects) == 1
    ((position, detail),) = listed.faults
    assert "row 3" in position
    assert reason in detail


def test_a_project_that_is_listed_twice_is_registered_once() -> None:
    """The second row names the first one."""
    row = ["文昌社区", "停车场", 3]
    listed = read(workbook([["村", "项目名称", "总投资（万元）"], row, row]))
    assert len(listed.projects) == 1
    ((_, detail),) = listed.faults
    assert "row 2" in detail


def test_a_header_of_two_rows_is_read() -> None:
    """Its upper row has merged cells, and the lower one the columns below them."""
    rows: list[list[object]] = [
        ["村", "项目名称", "建设内容", "资金（万元）", None],
        [None, None, None, "总投资", "自筹"],
        ["文昌社区", "停车场", "建车位26个", 25, 5],
    ]
    listed = read(workbook(rows, ("A1:A2", "B1:B2", "C1:C2", "D1:E1")))
    assert listed.faults == []
    (project,) = listed.projects
    assert (project.details.summary, project.details.budget) == ("建车位26个", "250000.00")


@pytest.mark.parametrize("cell", [datetime(2026, 12, 31), 46387, "2026年12月31日"])  # noqa: DTZ001 - a cell has no zone
def test_a_day_is_read_however_excel_keeps_it(cell: object) -> None:
    """As a date, as the number of a day, and as text."""
    header = ["村", "项目名称", "总投资(万)", "期限"]
    (project,) = read(workbook([header, ["文昌社区", "停车场", 3, cell]])).projects
    assert project.due == date(2026, 12, 31)


def test_an_amount_without_its_unit_is_not_guessed() -> None:
    """Whether 25 means yuan or ten thousands is for the office to say; 250000 needs no unit."""
    header: list[object] = ["村", "项目名称", "总投资"]
    rows = [header, ["文昌社区", "停车场", 25], ["文昌社区", "路灯", 250000]]
    listed = read(workbook([["2026年1000万元项目计划"], *rows]))
    assert [project.details.budget for project in listed.projects] == ["250000.00"]
    ((_, detail),) = listed.faults
    assert "请在表头写明（万元）" in detail


def test_a_file_without_the_header_is_refused() -> None:
    """The error says which columns are needed."""
    with pytest.raises(ListError, match="项目名称"):
        read(workbook([["姓名", "电话"], ["张三", "13800138000"]]))


def test_a_unit_is_found_by_code_or_name() -> None:
    """A bureau may be responsible for a project of a village; an unknown one is an error."""
    assert PLACES.find("421299001001", "", "", "交通局") == ("421299001001", "JT")
    assert PLACES.find("421299001001", "", "", "JT") == ("421299001001", "JT")
    with pytest.raises(PlaceError, match="不在单位名册"):
        PLACES.find("421299001001", "", "", "水利站")


def funds(headers: list[str], *rows: list[object], above: list[object] | None = None) -> bytes:
    """Return a list with the total and columns of sources, in 万元."""
    first = ["项目名称", "村", "总投资", *headers]
    lead = [["", "", "", *above]] if above else []
    body = [[f"{n}组道路硬化", "文昌社区", *row] for n, row in enumerate(rows, 1)]
    return workbook([["项目计划表（单位：万元）"], *lead, first, *body])


def plans(content: bytes) -> list[dict[str, str]]:
    """Return the plan of each project of a list, by source."""
    return [{item.source: item.amount for item in each.planned} for each in read(content).projects]


@pytest.mark.parametrize(
    ("headers", "values", "plan"),
    [
        (
            ["财政奖补资金", "村集体投入", "村民筹资", "村民筹劳折资", "社会捐赠", "其他资金"],
            [10, 3, "1.5", 0.5, 2, 1],
            {
                "subsidy": "100000.00",
                "collective": "30000.00",
                "residents": "15000.00",
                "labour": "5000.00",
                "donation": "20000.00",
                "other": "10000.00",
            },
        ),
        (["中央财政衔接资金", "省级资金", "县财政"], [5, 3, 2], {"budget": "100000.00"}),
        (["财政资金", "其中：中央", "省级", "县级"], [10, 5, 3, 2], {"budget": "100000.00"}),
        (["财政资金(元)", "群众自筹"], [80000, 2], {"budget": "80000.00", "residents": "20000.00"}),
        (["财政资金", "自筹资金"], ["", "/"], {}),
        (["财政资金", "自筹资金"], [0, "—"], {}),
        (["已到位资金", "已支付资金", "市", "县"], [4, 4, "黄石", "清河"], {}),
    ],
    ids=["one by one", "levels", "sum and levels", "units", "empty", "zeros", "no plan"],
)  # fmt: skip
def test_planned_sources_are_read(
    headers: list[str], values: list[object], plan: dict[str, str]
) -> None:
    """Sources as lists of counties name them; what has come in or was spent is no plan."""
    assert plans(funds(headers, [20, *values])) == [plan]


def test_money_below_a_merged_header_is_planned_or_received() -> None:
    """Both groups have the same names below them; only the first one is a plan."""
    headers = ["财政资金", "群众自筹", "财政资金", "群众自筹"]
    content = workbook(
        [
            ["项目名称", "村", "总投资", "计划投入（万元）", "", "到位资金（万元）", ""],
            ["项目名称", "村", "总投资", *headers],
            ["一组道路硬化", "文昌社区", "20万元", 15, 5, 3, 1],
        ],
        merged=("D1:E1", "F1:G1"),
    )
    assert plans(content) == [{"budget": "150000.00", "residents": "50000.00"}]


@pytest.mark.parametrize(
    ("value", "reason"), [(25, "超过总投资"), ("待定", "不是金额"), ("约5", "不是金额")]
)
def test_a_plan_that_cannot_be_right_is_named(value: object, reason: str) -> None:
    """The project is registered without its plan, and the row says why."""
    listed = read(funds(["财政资金"], [20, value], [20, 20]))
    assert [len(each.planned) for each in listed.projects] == [0, 1]
    ((position, detail),) = listed.notes
    assert "3" in position
    assert reason in detail
    assert listed.faults == []
