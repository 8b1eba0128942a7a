"""A preview says for each row of an export what the hub would do with it, and keeps nothing."""

import csv
import json
import stat
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from connectors.formats.sheets.spreadsheet import workbook
from hub.cli.main import cli
from hub.settings import Settings
from hub.setup.new_table import write_new_table
from hub.setup.preview import PreviewRow, as_table, preview_file, render

HEADER = ["工单编号", "来电时间", "诉求标题", "诉求内容", "诉求地址"]
ROWS = [
    ["1", "2026-11-01 08:00", "", "路灯不亮三天了", "阳光花园"],
    ["2", "2026-11-01 08:00", "", "路灯不亮三天了", ""],
    ["", "2026-11-01 08:00", "", "没有编号", "阳光花园"],
    ["4", "2026-11-01 08:00", "[bold]<b>=1</b>", "公司拖欠工资", "阳光花园"],
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings with an empty data folder."""
    return Settings(data=tmp_path / "data")


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_each_row_of_a_table_has_a_result(settings: Settings, tmp_path: Path, ending: str) -> None:
    """Rows are assigned, go to triage or are rejected, each with a reason and its line."""
    path = tmp_path / f"export.{ending}"
    if ending == "csv":
        path.write_bytes("\n".join(map(",".join, [HEADER, *ROWS])).encode("gb18030"))
    else:
        path.write_bytes(workbook("Sheet", [HEADER, *ROWS]))
    rows = preview_file(settings, "hotline_12345", path)
    assert [row.result for row in rows] == ["交办", "待研判", "拒收", "交办"]
    assert rows[0].place.endswith("地名")
    assert "位置不明" in rows[1].reason
    assert "row 4" in rows[2].position
    assert "workOrderNo" in rows[2].reason
    assert "人社局" in rows[3].unit
    assert not settings.data.exists()


def test_a_message_of_the_channel_is_read_as_it_is(settings: Settings, tmp_path: Path) -> None:
    """A JSON export needs no table; the mapping of the town is used."""
    town = tmp_path / "town"
    town.mkdir()
    for path in settings.town.iterdir():
        if path.suffix in (".csv", ".geojson", ".yaml"):
            (town / path.name).symlink_to(path)
    (town / "mappings").mkdir()
    fields = "fields:\n  workOrderNo: n\n  callTime: t\n  content: c\n"
    (town / "mappings" / "hotline_12345.yaml").write_text(fields)
    path = tmp_path / "export.json"
    path.write_text(json.dumps([{"n": "1", "t": "2026-11-01 08:00", "c": "阳光花园路灯不亮"}]))
    mapped = settings.model_copy(update={"town": town})
    assert [row.result for row in preview_file(mapped, "hotline_12345", path)] == ["交办"]
    assert [row.result for row in preview_file(settings, "hotline_12345", path)] == ["拒收"]


def test_what_people_wrote_is_shown_as_text(tmp_path: Path) -> None:
    """Neither the terminal nor a spreadsheet runs anything of a report."""
    odd = PreviewRow("=1+1", "@x", "拒收", "+u", "\x1b[31mred [red]x[/red]", title="-2")
    write_new_table(tmp_path / "out.csv", as_table([odd]))
    table = list(csv.reader(StringIO((tmp_path / "out.csv").read_text("utf-8-sig"))))[1]
    assert table[0] == "'=1+1"
    assert table[1] == "'@x"
    shown = render([odd], 5)
    assert "\x1b" not in shown
    assert "[red]" in shown


def test_the_command_writes_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sums are on the screen, all rows in the file."""
    monkeypatch.setenv("HUB_DATA", str(tmp_path / "data"))
    path, target = tmp_path / "export.csv", tmp_path / "out.csv"
    path.write_text("\n".join(map(",".join, [HEADER, *ROWS])), "utf-8")
    words = ["preview", str(path), "--channel", "hotline_12345", "--csv", str(target)]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 0, result.output
    assert "4 rows: 3 read, 1 rejected" in result.output
    assert len(target.read_text("utf-8-sig").splitlines()) == 5
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_the_command_never_writes_over_a_file(tmp_path: Path) -> None:
    """The export itself may be named by mistake."""
    path = tmp_path / "export.csv"
    path.write_text("\n".join(map(",".join, [HEADER, *ROWS])), "utf-8")
    before = path.read_bytes()
    words = ["preview", str(path), "--channel", "hotline_12345", "--csv", str(path)]
    result = CliRunner().invoke(cli, words, env={"HUB_DATA": str(tmp_path / "data")})
    assert result.exit_code == 1
    assert "there already" in result.output
    assert path.read_bytes() == before


def test_a_number_that_a_spreadsheet_has_cut_is_rejected(
    settings: Settings, tmp_path: Path
) -> None:
    """Another number in its place would look right."""
    path = tmp_path / "export.csv"
    rows = [HEADER, ["2.02603E+17", *ROWS[0][1:]], ["3", *ROWS[0][1:3], "=1+1", "x"], ROWS[0]]
    path.write_text("\n".join(map(",".join, rows)), "utf-8")
    preview = preview_file(settings, "hotline_12345", path)
    assert [row.result for row in preview] == ["拒收", "拒收", "交办"]
    assert "工单编号: '2.02603E+17'" in preview[0].reason
    assert "诉求内容: a formula" in preview[1].reason


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04junk", b"%PDF-1.4"])
def test_a_file_that_is_no_table_is_refused(
    settings: Settings, tmp_path: Path, body: bytes
) -> None:
    """The sentence names the file, or the rejected part says why."""
    path = tmp_path / "export.xlsx"
    path.write_bytes(body)
    result = run_preview(settings, path)
    assert result.exit_code in (0, 1)
    assert "export.xlsx" in result.output or "1 rejected" in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)


def run_preview(settings: Settings, path: Path) -> Result:
    """Run the command on a file."""
    words = ["preview", str(path), "--channel", "hotline_12345"]
    return CliRunner().invoke(cli, words, env={"HUB_DATA": str(settings.data)})
