"""Inputs of kinds that people reported in public come out right."""

from pathlib import Path

import pytest

from tests.field.case import FieldCase, load_cases
from tests.field.expectation import differences
from tests.field.replay import replay


@pytest.mark.parametrize("case", load_cases(), ids=str)
def test_an_input_from_the_field_comes_out_right(case: FieldCase, tmp_path: Path) -> None:
    """The facts, faults, skips and answers of the input are as its case expects."""
    result = replay(case, tmp_path)
    assert differences(result, case.expect) == []
