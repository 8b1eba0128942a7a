"""Which firm a report means: a match, a choice, or none; never a guess."""

from collections.abc import Sequence
from itertools import permutations

import pytest

from streams.matching.firms.evidence import LONGEST_ADDRESS, Spot, place_evidence
from streams.matching.firms.name import registered_names, written_names
from streams.matching.firms.resolve import Candidate, Mention, Resolution, Verdict, resolve

REGIONS = frozenset({"云溪", "石桥"})
NEAR = Spot("42129900100101", "421299001001", "石桥镇正街7号")
FAR = Spot("42129900200101", "421299002001", "青山镇新街9号")


def firm(code: str, name: str, spot: Spot = Spot(), *, is_current: bool = True) -> Candidate:  # noqa: B008 - frozen
    """Return a firm of the register."""
    return Candidate(code, registered_names(name, REGIONS), spot, is_current=is_current)


def answer(
    written: str,
    firms: Sequence[Candidate],
    code: str = "",
    spot: Spot = Spot(),  # noqa: B008 - frozen
) -> Resolution:
    """Return the answer for a name as written."""
    return resolve(Mention(written_names(written, REGIONS), code, spot), firms)


def test_the_only_firm_with_brand_and_trade_is_meant() -> None:
    """The signboard has neither region nor form."""
    result = answer("老王烧烤", [firm("A", "云溪县老王烧烤店"), firm("B", "云溪县老王便利店")])
    assert (result.verdict, result.code) == (Verdict.MATCH, "A")


def test_of_a_chain_the_place_decides() -> None:
    """Two shops have one name: without a place both are offered."""
    chain = [firm("A", "云溪县惠民便利店", NEAR), firm("B", "云溪县惠民便利店", FAR)]
    assert answer("惠民便利店", chain).verdict is Verdict.UNSURE
    assert answer("惠民便利店", chain, spot=FAR).code == "B"
    assert answer("惠民便利店", chain, spot=Spot(address="正街7号")).code == "A"


def test_a_shop_of_a_chain_in_another_township_is_no_match() -> None:
    """The register lacks the shop that is meant; a company is meant wherever it works."""
    assert answer("蜜雪冰城", [firm("A", "蜜雪冰城", NEAR)], spot=FAR).verdict is Verdict.UNSURE
    company = [firm("A", "云溪县宏发建筑有限公司", NEAR)]
    assert answer("宏发建筑公司", company, spot=FAR).code == "A"


def test_a_branch_is_not_its_head_office() -> None:
    """A branch that the register does not have is no reason to take the head office."""
    bank = [
        firm("A", "中国工商银行股份有限公司"),
        firm("B", "中国工商银行股份有限公司云溪石桥支行"),
    ]
    assert answer("工行石桥支行", bank).code == "B"
    assert answer("中国工商银行股份有限公司青山支行", bank).code == ""


def test_another_city_is_another_firm() -> None:
    """Two companies of two cities may have one brand and trade."""
    result = answer("武汉市福满楼酒店有限公司", [firm("A", "黄石市福满楼酒店有限公司")])
    assert result.verdict is not Verdict.MATCH


@pytest.mark.parametrize("written", ["宏法建筑", "宏发装饰", "宏大建筑"])
def test_a_brand_that_differs_is_no_match_without_a_place(written: str) -> None:
    """It may be another firm."""
    assert (
        answer(written, [firm("A", "云溪县宏发建筑工程有限公司", NEAR)]).verdict
        is not Verdict.MATCH
    )


def test_the_credit_code_decides_unless_the_name_is_another() -> None:
    """A code with a typing error counts only beside the name."""
    firms = [
        firm("91421299MA0000001X", "云溪县福满楼酒店有限公司"),
        firm("B", "云溪县金冠物业公司"),
    ]
    assert answer("", firms, "91421299MA0000001X").code == "91421299MA0000001X"
    assert answer("福满楼", firms, "91421299MA0000001X").verdict is Verdict.MATCH
    assert answer("福满楼", firms, "91421299MA0000002X").verdict is Verdict.MATCH
    assert answer("金冠物业", firms, "91421299MA0000001X").verdict is Verdict.UNSURE
    assert answer("海底捞", firms, "91421299MA0000002X").verdict is Verdict.NONE


def test_a_closed_firm_comes_after_one_that_trades() -> None:
    """The shop was closed and opened again under the same name."""
    firms = [
        firm("A", "云溪县老王烧烤店", NEAR, is_current=False),
        firm("B", "云溪县老王烧烤店", Spot("42129900100102", "421299001001")),
    ]
    assert answer("老王烧烤店", firms, spot=Spot("42129900100102", "421299001001")).code == "B"


def test_the_order_of_the_register_does_not_matter() -> None:
    """A load in another order gives the same answer."""
    firms = [
        firm("A", "云溪县鑫源商贸有限公司", NEAR),
        firm("B", "云溪县鑫源汽车修理厂", FAR),
        firm("C", "云溪县鑫缘婚庆服务部"),
    ]
    for written in ("鑫源", "鑫源汽修", "鑫圆商贸"):
        answers = {answer(written, order, spot=NEAR) for order in permutations(firms)}
        assert len(answers) == 1, written


def test_without_names_or_firms_there_is_none() -> None:
    """Nothing to compare."""
    assert answer("某超市", [firm("A", "云溪县好又多超市")]).verdict is Verdict.NONE
    assert answer("老王烧烤", []).verdict is Verdict.NONE


def test_of_a_long_address_only_the_begin_is_read() -> None:
    """A place is whatever a citizen types: ten thousand characters must not cost minutes."""
    street = "人民路7号"
    firm_at = Spot(address=f"石桥镇{street}")
    assert place_evidence(Spot(address=street), firm_at, is_shop=False).points == 3.0
    long = Spot(address=f"{'长' * LONGEST_ADDRESS}{street}")
    assert place_evidence(long, firm_at, is_shop=False).points == 0
