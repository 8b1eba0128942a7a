"""Addresses of dwellings, as registers and reports write them: parts, or nothing if unsure."""

import pytest

from streams.town.dwelling_address import estate_of, names_estate, number_of, parse_dwelling


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("兴庆区凤凰北街街道幸福小区三号楼2单元501室", ("幸福小区", "3", "2", "501")),
        ("幸福小区3栋2-501", ("幸福小区", "3", "2", "501")),
        ("阳光新城A座1203", ("阳光新城", "a", "", "1203")),
        ("幸福里小区二十三号楼三单元二〇五室", ("幸福里小区", "23", "3", "205")),
        ("满城北街长城花园28#楼", ("长城花园", "28", "", "")),
        ("望远镇人才小镇8#-2-301", ("人才小镇", "8", "2", "301")),
        ("丽景北街12号院3号楼", ("丽景北街12号院", "3", "", "")),
        ("城市花园北区7幢", ("城市花园北区", "7", "", "")),
        ("中山南街 5 号楼 301", ("中山南街", "5", "", "301")),
        ("湖畔嘉苑19号楼1单元门口的灯坏了", ("湖畔嘉苑", "19", "1", "")),
    ],
)
def test_an_address_has_parts(text: str, parts: tuple[str, ...]) -> None:
    """Numbers in any spelling; areas and roads are no part of the name of an estate."""
    parsed = parse_dwelling(text)
    assert parsed is not None
    assert (parsed.estate, parsed.building, parsed.unit, parsed.room) == parts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "小区里的路灯坏了",
        "2栋和3栋之间的垃圾没有人清运",
        "我是幸福小区的，10号楼和11号楼都停水",
        "幸福小区3号楼和阳光小区5号楼",
        "3号楼漏水",
    ],
)
def test_none_or_several_buildings_are_nothing(text: str) -> None:
    """A page shows no building rather than a wrong one."""
    assert parse_dwelling(text) is None


@pytest.mark.parametrize(
    ("before", "estate", "is_it"),
    [
        ("幸福小区", "幸福小区", True),
        ("我家住幸福小区", "幸福小区", True),
        ("兴庆区幸福小区", "幸福小区", True),
        ("新幸福小区", "幸福小区", False),
        ("大新幸福", "幸福小区", False),
        ("幸福小区", "", False),
    ],
)
def test_a_name_is_the_end_of_what_stands_before(before: str, estate: str, *, is_it: bool) -> None:
    """Another name that ends alike is not it."""
    assert names_estate(before, estate) is is_it


def test_a_word_that_many_estates_have_is_no_name() -> None:
    """同心路市场 is not the estate 市场."""
    assert estate_of("西夏区同心路市场") == ""
    assert estate_of("幸福小区") == "幸福小区"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("三号楼", "3"),
        ("03", "3"),
        ("A座", "a"),
        ("2单元", "2"),
        ("501室", "501"),
        ("东楼", "东楼"),
    ],
)
def test_numbers_have_one_spelling(written: str, number: str) -> None:
    """What is no number stays as it is."""
    assert number_of(written) == number
