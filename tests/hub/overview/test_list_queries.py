"""The queries of a case list: known names, known values, numbers within bounds."""

import csv
import io
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from pydantic import ValidationError

from hub.accounts.staff import StaffRole
from hub.cases.request import LAST_SEQ, CommandRequest
from hub.overview.case_list import ALLOWED_VALUES, COLUMNS, LAST_PAGE, PARAMETERS
from hub.store.client import Store
from schemas.cases.case import Case
from schemas.topic import CASES
from streams.case.state import PartitionState
from streams.steps import event as receive
from tests.builders.fortnight import sealed_report
from tests.builders.stored import keep
from tests.builders.town import NOON, REGISTER
from tests.hub.overview.page import Page, serve

NUMBERS = (
    *("-1", "+1", "1.5", "1e3", "0x10", "1_0", " 1", "1 ", "", "x", "NaN", "inf", "１", "一", "١"),
    *("9" * 30, "9" * 5000, "-" + "9" * 30, str(LAST_PAGE + 1), str(2**31), str(2**63), str(2**64)),
    *("0" * 19, "1;DROP TABLE cases", "null", "true"),
)


def test_an_invalid_page_number_is_refused_with_a_sentence(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """Signs, other scripts, too many digits, empty values and pages past the end get 400."""
    assert cases

    async def talk(page: Page) -> None:
        await page.log_in("主任", StaffRole.CITY)
        for number in NUMBERS:
            for form in ("json", "csv"):
                path = f"/api/cases?format={form}&page={quote(number)}"
                answer = await page.client.get(path)
                assert answer.status == 400, number
                if answer.content_type == "application/problem+json":
                    assert "page is a whole number" in (await answer.json())["detail"]
        answer = await page.client.get("/api/cases?page=7")
        assert answer.status == 400
        assert "past the end" in (await answer.json())["detail"]
        assert (await page.get("/api/cases?page=0"))["total"] == len(cases)

    serve(store, tmp_path, talk)


def test_any_whole_number_is_a_page_or_a_refusal(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """A whole number of any size and sign gets 200 or 400, never 500."""
    assert cases
    drawn: list[int] = []

    @settings(max_examples=60, deadline=None, database=None, derandomize=True)
    @given(st.integers())
    def draw(number: int) -> None:
        drawn.append(number)

    draw()
    edges = (0, 1, LAST_PAGE, LAST_PAGE + 1, 2**31, 2**32, 2**63, 2**64, 10**30, -1, -(10**30))

    async def talk(page: Page) -> None:
        await page.log_in("主任", StaffRole.CITY)
        for number in {*drawn, *edges}:
            answer = await page.client.get(f"/api/cases?page={number}")
            assert answer.status == (200 if number == 0 else 400), number

    serve(store, tmp_path, talk)


@given(st.integers())
def test_any_whole_number_is_an_entry_of_a_case_or_a_refusal(number: int) -> None:
    """As `expected_seq` of a command a number within bounds is accepted, any other refused."""
    body = f'{{"move": "accept", "expected_seq": {number}}}'
    if 1 <= number <= LAST_SEQ:
        assert CommandRequest.model_validate_json(body).expected_seq == number
    else:
        with pytest.raises(ValidationError):
            CommandRequest.model_validate_json(body)


def test_names_and_values_that_are_not_known_are_refused(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """A misspelt filter gets 400 with the known names, instead of the whole list."""
    assert cases

    async def talk(page: Page) -> None:
        await page.log_in("主任", StaffRole.CITY)
        expected = {
            "overdu=1": "overdue",
            "Open=1": "open",
            "limit=5": "page",
            "open=1&open=0": "once",
            "open=yes": "open is one of 1",
            "state=finished": "triage",
            "sort=title": "reports",
            "tier=city": "township",
            "channel=fax": "hotline_12345",
            "format=pdf": "xlsx",
            "category=nothing": "category",
            "supervision=blue": "red",
            f"words={'字' * 201}": "200",
        }
        for query, named in expected.items():
            answer = await page.client.get(f"/api/cases?{query}")
            assert answer.status == 400, query
            assert named in (await answer.json())["detail"], query
        for name, values in ALLOWED_VALUES.items():
            for value in values:
                answer = await page.client.get(f"/api/cases?{name}={value}")
                assert answer.status == 200, (name, value)
        assert {"area", "unit", "grid_code", "words", "page"} <= set(PARAMETERS)
        for path in ("/api/audit", f"/api/cases/{cases[0].case_id}"):
            assert (await page.client.get(f"{path}?limit=5")).status == 400

    serve(store, tmp_path, talk)


def test_unknown_areas_units_and_grids_get_404(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """Unknown codes get 404; those of the register are listed, even if the list is empty."""
    assert cases

    async def talk(page: Page) -> None:
        await page.log_in("主任", StaffRole.CITY)
        for query in ("area=123456", "area=4", "unit=U-X", "grid_code=G9", "grid_code=421299"):
            answer = await page.client.get(f"/api/cases?{query}")
            assert (answer.status, (await answer.json())["code"]) == (404, "not_found"), query
        for query in ("area=421299001", "area=G1", "unit=U-T", "unit=U-C", "grid_code=G2"):
            assert (await page.get(f"/api/cases?{query}"))["total"] >= 0

    serve(store, tmp_path, talk)


FORMULAS = ("＝1+1", "=1+1", "\t=1+1", "\ufeff＋1", "@SUM(A1)", "-2+3", "坏\x0b字")


def test_no_exported_cell_is_a_formula(store: Store, tmp_path: Path) -> None:
    """Formulas get an apostrophe, in Excel also the type text; control characters break nothing."""
    state, entries = PartitionState(), list[Any]()
    for number, title in enumerate(FORMULAS):
        event = sealed_report(number, NOON, category="facility.road", content=title)
        effects = receive.step(state, event.model_copy(update={"title": title}), REGISTER)
        entries += effects.case_events
    keep(store, CASES.name, *entries)

    async def talk(page: Page) -> None:
        await page.log_in("主任", StaffRole.CITY)
        answer = await page.client.get("/api/cases?format=csv")
        text = (await answer.read()).decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline="")))
        titles = {row[list(COLUMNS).index("title")] for row in rows[1:]}
        assert {f"'{title}" for title in FORMULAS[:-1]} <= titles
        answer = await page.client.get("/api/cases?format=xlsx")
        sheet = load_workbook(io.BytesIO(await answer.read())).active
        assert sheet is not None
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert {cell.data_type for cell in cells} == {"s"}
        assert "'＝1+1" in {cell.value for cell in cells}

    serve(store, tmp_path, talk)


def test_an_invalid_request_sends_no_command(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """A request with an invalid `expected_seq` gets 400 and is not sent to the worker."""

    async def talk(page: Page) -> None:
        await page.log_in("主任", StaffRole.CITY)
        path = f"/api/cases/{cases[0].case_id}/commands"
        for number in (10**30, -1, 0, 2**31):
            answer = await page.post(path, {"move": "supervise", "expected_seq": number})
            assert answer.status == 400
            assert "expected_seq" in (await answer.json())["detail"]
        assert page.commands.received == []
        for wrong in ("1", "9" * 30, "x" * 300):
            assert (await page.client.get(f"/api/cases/{wrong}")).status == 400

    serve(store, tmp_path, talk)
