"""Nothing that a person wrote is lost between the channel's message and the facts."""

import pytest

from tests.contract.samples import Sample, load_samples
from tests.field.loss import missing, trials

SAMPLES = [sample for sample in load_samples() if not sample.name.startswith("broken")]


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_each_character_of_a_text_is_in_the_facts_or_the_message_is_rejected(
    sample: Sample,
) -> None:
    """Each text, with an ending that systems are known to lose, comes out whole."""
    lost = [(trial.written, trial.lost) for trial in trials(sample) if trial.lost]
    assert not lost


def test_a_lost_character_is_seen() -> None:
    """The measure names the characters that the result lacks."""
    assert missing("路灯不亮三天了", "路灯不亮") == "三天了"
    assert missing("路灯 不亮", "路灯不亮了") == ""
