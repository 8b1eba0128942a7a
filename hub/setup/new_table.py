"""Writes a table that people open 输出表格: new, private, and harmless in a spreadsheet."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path

from hub.runtime.errors import HubError
from hub.runtime.private_file import create_private
from schemas.wording import harmless

BYTE_ORDER_MARK = "\ufeff"
"""Begins a CSV file, so that Excel reads it as UTF-8."""


def write_new_table(path: Path, rows: Iterable[Sequence[str]]) -> None:
    """Write rows as CSV to a new file (mode 0600); raises `HubError` if there is one already."""
    text = StringIO(newline="")
    csv.writer(text).writerows([harmless(cell) for cell in row] for row in rows)
    try:
        created = create_private(path, f"{BYTE_ORDER_MARK}{text.getvalue()}")
    except OSError as error:
        raise HubError(f"{path} cannot be written: {error.strerror}") from error
    if not created:
        raise HubError(f"{path} is there already; name a new file")
