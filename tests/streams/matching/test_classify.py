"""The category of a text, by its words alone and with the channel's own category."""

from hub.settings.town import SHIPPED_MODELS
from hub.town.models import load_matcher
from streams.matching.classify import NATIVE_RIGHT, IssueClassifier
from streams.matching.text import normalised_text

TRAINED = load_matcher(SHIPPED_MODELS).classifier
LAMP = normalised_text("路灯不亮", "整条街的路灯都不亮了，晚上黑得看不见路，请尽快来修路灯。")
VAGUE = normalised_text("", "你好，我想反映一个问题。")


def test_a_channel_category_that_fits_the_text_is_kept() -> None:
    """Text and category agree, so the confidence is 1."""
    assert TRAINED.with_channel_category(TRAINED.classify(LAMP), "facility.streetlight") == (
        "facility.streetlight",
        1,
    )


def test_a_clear_text_overrules_a_wrong_channel_category() -> None:
    """A broken street lamp that an operator filed under lifts is classified as a street lamp."""
    leaf, confidence = TRAINED.with_channel_category(TRAINED.classify(LAMP), "housing.lift")
    assert leaf == "facility.streetlight"
    assert confidence > 0.5


def test_a_vague_text_does_not_overrule_the_channel() -> None:
    """The operator may have heard more from the caller than the text contains."""
    assert (
        TRAINED.with_channel_category(TRAINED.classify(VAGUE), "housing.lift")[0] == "housing.lift"
    )


def test_keywords_alone_do_not_overrule_the_channel() -> None:
    """Without a trained model, and for an empty text, the channel's category is kept."""
    keywords = IssueClassifier()
    lamp = keywords.classify(LAMP)
    assert keywords.with_channel_category(lamp, "housing.lift") == ("housing.lift", 1.0)
    empty = TRAINED.classify(normalised_text("", ""))
    assert TRAINED.with_channel_category(empty, "housing.lift") == ("housing.lift", NATIVE_RIGHT)
