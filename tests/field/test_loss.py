"""Nothing that a person wrote is lost between the channel's message and the facts."""

import pytest

from tests.contract.samples import Sample, load_samples
from tests.field.editable import editable
from tests.field.loss import missing, trials

# A bomb unpacks to more than the memory of a machine.
SAMPLES = [sample for sample in load_samples() if "bomb" not in sample.name]


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_each_character_of_a_text_is_in_the_facts_or_the_message_is_rejected(
    sample: Sample,
) -> None:
    """Each text, with an ending that systems are known to lose, comes out whole.

    A sample that the measure cannot write has no trials.
    """
    lost = [(trial.written, trial.lost) for trial in trials(sample, every=8) if trial.lost]
    assert not lost


def test_a_lost_character_is_seen() -> None:
    """The measure names the characters that the result lacks."""
    assert missing("路灯不亮三天了", "路灯不亮") == "三天了"
    assert missing("路灯 不亮", "路灯不亮了") == ""


def test_nearly_all_samples_are_measured() -> None:
    """At most one sample in six is damaged or of a format that the measure cannot write."""
    measured = [
        sample
        for sample in SAMPLES
        if editable(sample.raw.body, sample.raw.content_type, sample.name) is not None
    ]
    assert len(measured) > len(SAMPLES) * 5 / 6
