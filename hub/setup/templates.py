"""Templates 模板: workbooks with Chinese headers and one example row, for a city to fill in."""

from pathlib import Path

from connectors.formats.sheets.spreadsheet import workbook
from hub.setup.folder import TABLES
from hub.town.columns import header_of

SHEET = "台账"
EXAMPLES = {
    "areas": ("示例（请删除）429999001001", "东门社区", "429999001"),
    "units": ("示例（请删除）429999-00", "城管局", "区县", "429999", "城管局"),
    "duties": ("示例（请删除）城管局", "垃圾", "主责"),
    "places": (
        "示例（请删除）阳光花园",
        "小区",
        "429999001001",
        "429999001001001",
        "114.905159",
        "30.052909",
        "阳光小区",
    ),
    "workers": ("2026-01-01", "", "示例（请删除）W001", "专职", "429999001001001"),
    "staff": ("示例（请删除）李镇长", "乡镇街道", "429999001"),
    "certificates": (
        "示例（请删除）婚姻状况证明",
        "单身证明、未婚证明",
        "取消",
        "民政局",
        "查询婚姻登记信息",
        "民发〔2020〕20号",
    ),
    "admissions": ("示例（请删除）应急局", "检查考核", "乡镇街道", "4", "准入清单第1项"),
}
"""Name of a table → the example row of its template."""


def write_templates(folder: Path) -> list[Path]:
    """Write a template for each table that is not there yet; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, model in TABLES.items():
        path = folder / f"{name}.xlsx"
        if path.exists() or (folder / f"{name}.csv").exists():
            continue
        header = [header_of(field) for field in model.model_fields]
        path.write_bytes(workbook(SHEET, [header, EXAMPLES[name]]))
        written.append(path)
    return written
