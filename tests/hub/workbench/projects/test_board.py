"""The sheet for the board of a project: any text fits on one page."""

import pytest

from hub.workbench.projects.board import board_pdf

TEXTS = {
    "a long text": "硬化水泥路" * 300,
    "lines": "行\n" * 200,
    "markup": "<img src='file:///etc/passwd'/><b>&amp;&#0;",
    "one word": "A" * 500,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_any_text_fits_on_one_page(text: str) -> None:
    """What does not fit is cut; the public page has it in full."""
    lines = [(name, text) for name in ("村（社区）", "内容", "责任单位", "施工方")]
    body = board_pdf(text[:100], "7K3M9-P2QX4", "https://city.example/p/7K3M9P2QX4", lines)
    assert body.startswith(b"%PDF-")
    assert b"/Count 1 " in body
