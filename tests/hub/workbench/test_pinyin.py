"""Finding names by characters, pinyin and initials."""

import pytest

from hub.workbench.pinyin import NameIndex

INDEX = NameIndex.of([("1", "城管局"), ("2", "城关镇政府"), ("3", "市场监管局"), ("4", "水利局")])


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("城管", ["1"]),
        ("管局", ["1", "3"]),
        ("cgj", ["1"]),
        ("cg", ["1", "2"]),
        ("chengguan", ["1", "2"]),
        ("SHUILI", ["4"]),
        ("没有", []),
    ],
)
def test_a_name_is_found(text: str, keys: list[str]) -> None:
    """The best match comes first; capitals do not matter."""
    assert INDEX.find(text, 5) == keys


def test_at_most_as_many_as_wanted() -> None:
    """Without a text all names match, up to the limit."""
    assert len(INDEX.find("", 2)) == 2
