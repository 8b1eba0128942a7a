"""Reads a register from another system's database 数据库读取, by a query in a file (SQLAlchemy).

The names of the query's columns are the headers. Rows come in portions, so memory does not grow
with them. The account in the URL should be one that can only read.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

from connectors.formats.sheets.numbers import number_cell
from connectors.formats.sheets.sheet import EMPTY, Cell, Flaw, Row
from connectors.values.charset import GB18030, UTF_8
from hub.registers.error import RegisterError

PORTION = 1000
COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
READS = re.compile(r"\s*(?:SELECT|WITH)\b", re.IGNORECASE)
MOST_OF_CAUSE = 200


def query_rows(path: Path, query: str, url: str) -> Iterator[Row]:
    """Yield the header and the rows of a query; raises `RegisterError`."""
    if not READS.match(COMMENT.sub(" ", query)):
        raise RegisterError(f"{path} is no query: it must begin with SELECT or WITH")
    if not url:
        raise RegisterError(
            f"{path} is a query; set HUB_REGISTERS_URL to the SQLAlchemy URL of its database"
        )
    try:
        engine = create_engine(url)
    except (SQLAlchemyError, ImportError, ValueError) as error:
        raise RegisterError(
            f"HUB_REGISTERS_URL cannot be used ({type(error).__name__}): check its form, and that"
            " the driver of the database is installed"
        ) from error
    try:
        with engine.connect() as plain:
            # Without parameters, because some drivers read % of LIKE '王%' as one.
            connection = plain.execution_options(
                stream_results=True, yield_per=PORTION, no_parameters=True
            )
            result = connection.exec_driver_sql(query.strip().rstrip(";"))
            yield Row(
                0, "header", {place: Cell(str(key)) for place, key in enumerate(result.keys())}
            )
            for number, values in enumerate(result, 1):
                cells = {
                    place: cell for place, value in enumerate(values) if (cell := _cell(value))
                }
                yield Row(number, f"row {number}", cells)
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).split("\n")[0][:MOST_OF_CAUSE]
        raise RegisterError(
            f"{path}: the database refused or did not answer ({cause}); check the query and"
            " HUB_REGISTERS_URL"
        ) from error
    finally:
        engine.dispose()


def _cell(value: Any) -> Cell | None:
    """Return a value of a database as a cell; None if it is NULL or an empty text."""
    cell = _written(value)
    return None if cell == EMPTY else cell


def _written(value: Any) -> Cell:
    if value is None:
        return EMPTY
    if isinstance(value, datetime):
        return Cell(value.isoformat(" ", "seconds"))
    if isinstance(value, date):
        return Cell(value.isoformat())
    if isinstance(value, float):
        # A code in a column of floats may have lost digits, as in a spreadsheet.
        return number_cell(repr(value))
    if isinstance(value, Decimal):
        return Cell(f"{value:f}")
    if isinstance(value, bytes):
        for charset in (UTF_8, GB18030):
            with suppress(UnicodeDecodeError):
                return Cell(value.decode(charset))
        return Cell("", None, Flaw.ERROR)
    return Cell(str(value))
