"""What citizens say in a call-back 回访 reaches the event, in the words of two channels."""

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
    """Settled decides; who answers was got in touch with; satisfaction alone is words only."""
    assert evaluations("hotline_12345/odd_callbacks.json") == [
        Evaluation(responded=True, settled=False, satisfied=False),
        Evaluation(responded=True, settled=True, satisfied=True),
        None,
    ]


def test_a_dispute_is_evaluated() -> None:
    """JSON's own true and false are understood as well as words."""
    assert evaluations("governance_platform/odd_evaluated.json") == [
        Evaluation(responded=True, settled=False, satisfied=False)
    ]


def test_a_report_has_no_evaluation() -> None:
    """Fields of an evaluation say nothing in a report."""
    assert evaluations("hotline_12345/ordinary.json") == [None]
