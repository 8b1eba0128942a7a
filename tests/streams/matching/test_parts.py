"""Several matters in one message are found, and offered as parts."""

import pytest

from hub.settings.town import SHIPPED_MODELS
from hub.town.models import load_matcher
from schemas.reports.demand import EXCERPT
from streams.matching.classify import IssueClassifier
from streams.matching.parts import MOST_PIECES, READ, parts_of

TRAINED = load_matcher(SHIPPED_MODELS).classifier
NUMBERED = (
    "我反映几个问题：1、小区门口的路灯全部不亮，晚上黑得看不见路；"
    "2、楼下烧烤店油烟直排，熏得开不了窗；3、老板拖欠我们三个月工资不发。"
)
SPOKEN = (
    "我们这栋楼的电梯坏了一个星期，老人上不了楼，物业也不来修。"
    "另外，马路对面的广场舞每天晚上放音箱到十一点，吵得孩子没法睡觉。"
)
ONE = "小区的路灯坏了。第一，晚上看不见路灯；第二，路灯不亮老人容易摔跤；还有，灯杆也歪了。"


def test_numbered_points_are_parts() -> None:
    """Three points of three matters are three parts, in their order."""
    parts = parts_of(NUMBERED, TRAINED)
    assert [part.category for part in parts] == [
        "facility.streetlight",
        "environment.air",
        "labour.wages",
    ]
    assert all(NUMBERED[part.begin : part.end].startswith(part.excerpt[:5]) for part in parts)
    assert all(len(part.excerpt) <= EXCERPT for part in parts)


def test_a_second_matter_after_another_word_is_a_part() -> None:
    """另外 begins a second matter."""
    categories = [part.category for part in parts_of(SPOKEN, TRAINED)]
    assert categories == ["housing.lift", "environment.noise"]


def test_points_about_one_matter_are_no_parts() -> None:
    """Reasons for one complaint are not several complaints."""
    assert parts_of(ONE, TRAINED) == ()


@pytest.mark.parametrize(
    "content",
    ["", "1", "12345", "another day, another text", "另外" * 10_000, "1、" * 10_000, "\n" * 20_000],
)
def test_odd_texts_have_no_parts(content: str) -> None:
    """Digits, other languages and repetitions are one message, in bounded work."""
    assert parts_of(content, TRAINED) == ()


def test_a_text_of_any_length_is_read_in_part() -> None:
    """A leaflet of a hundred points gives at most as many parts as pieces are classified."""
    parts = parts_of(f"{NUMBERED}\n" * 200, TRAINED)
    assert 0 < len(parts) <= MOST_PIECES
    assert parts[-1].end <= READ


def test_keywords_find_no_parts() -> None:
    """Without a trained model nothing is sure enough."""
    assert parts_of(NUMBERED, IssueClassifier()) == ()
