"""A citizen's evaluation in a call-back 回访 reaches the event, on two channels."""

from connectors.registry import load_connectors
from schemas.cases.evaluation import Evaluation
from tests.contract.samples import load_samples

SAMPLES = {str(sample): sample for sample in load_samples()}


def evaluations(name: str) -> list[Evaluation | None]:
    """Return the evaluations of the facts in a sample."""
    sample = SAMPLES[name]
    decoded = load_connectors()[sample.channel].decode_batch([sample.raw], sample.context)[0]
    return [fact.evaluation for fact in decoded.facts]


def test_a_call_back_tells_the_three_rates() -> None:
    """An answer counts as contact, `settled` decides; without a known word there is only text."""
    assert evaluations("hotline_12345/odd_callbacks.json") == [
        Evaluation(responded=True, settled=False, satisfied=False),
        Evaluation(responded=True, settled=True, satisfied=True),
        None,
        None,
    ]


def test_a_dispute_is_evaluated() -> None:
    """JSON's own true and false are understood as well as words."""
    assert evaluations("governance_platform/odd_evaluated.json") == [
        Evaluation(responded=True, settled=False, satisfied=False)
    ]


def test_a_report_has_no_evaluation() -> None:
    """Evaluation fields in a plain report are ignored."""
    assert evaluations("hotline_12345/ordinary.json") == [None]
