"""The digest as HTML, Markdown and PDF, and the command that writes them."""

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hub.cli.main import cli
from hub.digest.daily import daily
from hub.digest.document import (
    Conclusion,
    Document,
    Map,
    Region,
    Section,
    Table,
)
from hub.digest.forms.write import html, markdown, pdf, write
from hub.store.client import Store
from tests.hub.digest.past import DAY, LATER, Past, section

HOSTILE = "<script>alert(1)</script> | [点我](javascript:x) # * \n`x` &amp;"


def test_a_map_and_lines_stand_in_all_forms(filled: tuple[Store, Past]) -> None:
    """Townships are shaded by the people of the day."""
    store, _ = filled
    square = (((0.0, 30.0), (1.0, 30.0), (1.0, 31.0), (0.0, 30.0)),)
    document = daily(store.named, LATER, shapes={"421299001": square})
    chart = section(document, "总体情况").map
    assert chart is not None
    assert chart.regions == (Region("镇", 10, square),)
    assert "各乡镇街道当日反映人数" in html(document)
    assert pdf(document).startswith(b"%PDF-")


def test_citizens_texts_are_escaped_in_every_form(tmp_path: Path) -> None:
    """No HTML, links, markup or broken tables; all three forms are written."""
    table = Table(("内容", "数"), ((HOSTILE, "1"),))
    document = Document(
        "digest-x",
        HOSTILE,
        "副题",
        (Section("一", (HOSTILE,), table, map=Map("map", HOSTILE, (Region(HOSTILE, 1, ()),))),),
        conclusions=(Conclusion(HOSTILE, HOSTILE, HOSTILE, "https://hub.example/?a=1&b='2'"),),
    )
    page = html(document)
    assert "<script>alert" not in page
    text = markdown(document)
    assert "[点我](" not in text
    (line,) = [line for line in text.splitlines() if line.startswith("| \\<script")]
    assert len(re.findall(r"(?<!\\)\|", line)) == 3
    assert pdf(document).startswith(b"%PDF-")
    assert pdf(document) == pdf(document)
    assert {path.suffix for path in write(document, tmp_path, ("md", "html", "pdf"))} == {
        ".md",
        ".html",
        ".pdf",
        ".svg",
    }


def test_the_command_line_writes_files(
    filled: tuple[Store, Past], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Plots lie next to the Markdown; a future day, and an id that is no case, are refused."""
    store, past = filled

    class Reading:
        rows = staticmethod(store.named)

        def __init__(self, _: Any) -> None:
            """Read the test's store."""

        def close(self) -> None:
            """Close nothing."""

    monkeypatch.setattr("hub.admin.ask.Reader", Reading)
    out = ["--out", str(tmp_path)]
    done = CliRunner().invoke(cli, ["digest", "--day", str(DAY), *out])
    assert done.exit_code == 0, done.output
    names = {path.name for path in tmp_path.iterdir()}
    assert {f"digest-{DAY}.{form}" for form in ("md", "html", "pdf")} <= names
    text = (tmp_path / f"digest-{DAY}.md").read_text(encoding="utf-8")
    images = re.findall(r"\]\((\S+\.svg)\)", text)
    assert images
    assert set(images) <= names
    case = next(item for item in past.state.cases.values() if not item.confidential)
    for words, expected in (
        (["--day", "2198-01-01"], "has not come"),
        (["--case", "x"], "nor a case id"),
        (["--matter", "飞碟"], "nobody reported"),
        (["--case", str(case.case_id)], ".html"),
    ):
        assert expected in CliRunner().invoke(cli, ["digest", *words, *out]).output
