"""Sheets to print: any text of a citizen fits on paper."""

import pytest

from hub.workbench.case_page.sheets import sheet_pdf

TEXTS = {
    "a paragraph on each line": "行\n" * 500,
    "empty lines": "\n" * 3000,
    "markup": "<img src='file:///etc/passwd'/><b>&amp;&#0;",
    "one word": "A" * 5000,
    "control characters": "a\x00\x0b\x1f\u202e\ufffe" * 100,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_any_text_is_printed(text: str) -> None:
    """A row that is higher than a page goes on at the next one."""
    body = sheet_pdf("事项交办单", "20261128-00042", [("内容", text)], ("签收人",), "说明")
    assert body.startswith(b"%PDF-")
