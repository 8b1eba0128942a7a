"""Place names in texts, whether or not a register has them, and the keys for retrieval."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.reports.report import Telling
from streams.matching.places import place_tags
from streams.matching.retrieval import keys_of
from streams.matching.terms import SEGMENTS, TERMS, Rarity, cosines
from streams.matching.text import pairs_in, tagged_places


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A3区新里程公寓水压小", "新里程公寓"),
        ("我住阳光花园，夜里吵", "阳光花园"),
        ("位于和平路的工地通宵施工", "和平路"),
        ("投诉枫林三路渣土车太吵", "枫林3路"),
        ("请问滨江苑二期何时交房", "滨江苑"),
        ("反映县第二幼儿园乱收费", "第二幼儿园"),
    ],
)
def test_a_name_is_found_without_a_register(text: str, name: str) -> None:
    """It ends with a word for a kind of place, and begins after a word that no name contains."""
    assert [tag.name for tag in tagged_places(text, "")][:1] == [name]


@pytest.mark.parametrize(
    "text", ["联系物业没有用", "质问物业", "我们小区停水", "政府不管居民", "路灯不亮", "12345", ""]
)
def test_words_that_name_nothing_are_no_names(text: str) -> None:
    """我们小区 may be any quarter, and 联系物业 is no firm."""
    assert tagged_places(text, "") == ()


def test_the_place_of_the_matter_is_surer_than_one_named_by_the_way() -> None:
    """The title comes first; 去…的路上 names a place by the way."""
    tags = tagged_places("阳光花园门口夜市太吵", "去东门文化广场的路上也是，阳光花园北门最吵")
    weights = {tag.name: tag.weight for tag in tags}
    assert tags[0].name == "阳光花园"
    assert weights["东门文化广场"] < 0.5 * weights["阳光花园"]


@given(st.text(max_size=200), st.text(max_size=500))
def test_any_text_has_few_names_terms_and_keys(title: str, content: str) -> None:
    """Whatever is written, what is kept of it is bounded, and each cosine is 0 to 1."""
    tags = place_tags(title, content)
    assert all(0 < tag.weight <= 1 for tag in tags)
    terms = Rarity().terms(pairs_in(title), pairs_in(content), [((1, 2, 3), 1.0)])
    assert len(terms.codes) == TERMS
    assert all(-1e-6 <= value <= 1 for value in cosines(terms, terms))
    assert len(set(keys_of(Telling(title=title, content=content), ["f"]))) <= 60


def test_terms_compare_titles_texts_and_places_apart() -> None:
    """Equal parts have the cosine 1, parts without a common pair of characters 0."""
    rarity = Rarity()
    first = rarity.terms(pairs_in("路灯不亮"), pairs_in("天黑看不见"), [((1, 2), 1.0)])
    other = rarity.terms(pairs_in("路灯不亮"), pairs_in("垃圾成堆"), [((1, 2), 0.4)])
    values = dict(zip(SEGMENTS, cosines(first, other), strict=True))
    assert values["title"] == pytest.approx(1, abs=0.01)
    assert values["place"] == pytest.approx(1, abs=0.01)
    assert values["text"] == 0
