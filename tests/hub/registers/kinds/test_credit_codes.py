"""Codes of organisations: checked, and what they say about the organisation."""

import pytest
from stdnum.cn.uscc import calc_check_digit

from connectors.formats.sheets.sheet import Cell
from hub.registers.kinds.credit_codes import kind_of, organisation_code
from tests.builders.register_files import firm_code


def test_a_credit_code_is_checked() -> None:
    """GB 32100: 18 characters, without I, O, S, V and Z, and a check character."""
    code = firm_code(3)
    assert organisation_code(Cell(f" {code.lower()}")).value == code
    for wrong, advice in (
        ("421299600123456", "former registration number"),
        (code.replace("0", "O", 1), "has O, which no credit code has"),
        (code[:17], "17 characters"),
        (f"93{code[2:]}", "check character"),
    ):
        with pytest.raises(ValueError, match=advice):
            organisation_code(Cell(wrong))


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        ("11", "机关"),
        ("12", "事业单位"),
        ("51", "社会团体"),
        ("52", "民办非企业单位"),
        ("71", "宗教活动场所"),
        ("81", "基层工会"),
        ("91", "企业"),
        ("92", "个体工商户"),
        ("N2", "村级集体经济组织"),
        ("59", "社会组织"),
        ("Y1", "其他机构"),
    ],
)
def test_the_first_characters_say_what_an_organisation_is(first: str, kind: str) -> None:
    """Also letters, with which the codes of village collectives begin."""
    body = f"{first}421299MA0000001"
    code = f"{body}{calc_check_digit(body)}"
    assert organisation_code(Cell(code)).value == code
    assert kind_of(code) == kind


def test_an_organisation_without_a_credit_code_has_one_of_nine() -> None:
    """GB 11714: eight characters and a check character, often with a hyphen."""
    assert organisation_code(Cell("D2143569-X")).value == "D2143569X"
    assert kind_of("D2143569X") == "其他机构"
    with pytest.raises(ValueError, match="check character of the organisation code"):
        organisation_code(Cell("D21435690"))
