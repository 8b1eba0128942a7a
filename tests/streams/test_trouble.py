"""What words tell of the category, alone and beside the channel's own code."""

from hub.settings import SHIPPED_MODELS
from hub.town.models import load_judge
from streams.matching.classify import NATIVE_RIGHT, Senses
from streams.matching.text import wording

LEARNT = load_judge(SHIPPED_MODELS).senses
LAMP = wording("路灯不亮", "整条街的路灯都不亮了，晚上黑得看不见路，请尽快来修路灯。")
VAGUE = wording("", "你好，我想反映一个问题。")


def test_a_code_that_fits_the_words_stands() -> None:
    """It is surer than either alone."""
    assert LEARNT.sorted_with(LEARNT.of(LAMP), "facility.streetlight") == (
        "facility.streetlight",
        1,
    )


def test_clear_words_overrule_a_wrong_code() -> None:
    """A lamp that an operator filed under lifts goes to who has the lamps."""
    leaf, confidence = LEARNT.sorted_with(LEARNT.of(LAMP), "housing.lift")
    assert leaf == "facility.streetlight"
    assert confidence > 0.5


def test_vague_words_overrule_nothing() -> None:
    """The channel knows what its caller has told it."""
    assert LEARNT.sorted_with(LEARNT.of(VAGUE), "housing.lift")[0] == "housing.lift"


def test_words_of_the_tree_alone_overrule_nothing() -> None:
    """Without a learnt model a word that occurs is no proof."""
    senses = Senses()
    assert senses.sorted_with(senses.of(LAMP), "housing.lift") == ("housing.lift", 1.0)
    silent = LEARNT.of(wording("", ""))
    assert LEARNT.sorted_with(silent, "housing.lift") == ("housing.lift", NATIVE_RIGHT)
