"""Evaluations by command and by event, and the moves that follow."""

from schemas.cases.case import Case, Move, State
from schemas.cases.evaluation import Evaluation
from schemas.reports.fact import Kind
from streams.case.state import Effects, PartitionState
from streams.steps.event import step as receive
from tests.builders.commands import ask, command, refusal
from tests.builders.town import NOON, REGISTER, event


def answered(*more: str) -> tuple[PartitionState, Case]:
    """Return a state with one case that is resolved and whose reporters have the answer."""
    state = PartitionState()
    for native_id in ("a", *more):
        state.apply(receive(state, event(native_id), REGISTER))
    (case,) = state.cases.values()
    ask(state, case, Move.ACCEPT)
    ask(state, case, Move.RESOLVE, reason="内部备注", data={"answer": "已更换灯泡"})
    for report in case.reports:
        ask(state, case, Move.FEED_BACK, data={"event_id": str(report.event_id)})
    return state, state.cases[case.case_id]


def evaluate(state: PartitionState, case: Case, *, settled: bool) -> Effects:
    """Evaluate by command."""
    return ask(state, case, Move.EVALUATE, data={"settled": settled, "satisfied": settled})


def test_the_citizen_gets_the_answer_not_the_remark() -> None:
    """Feedback carries data.answer; the reason stays in the case's entries."""
    _state, case = answered()
    assert case.answer == "已更换灯泡"
    assert case.state is State.FED_BACK
    assert all(report.answered_at == NOON for report in case.reports)


def test_an_evaluated_case_closes_after_three_working_days() -> None:
    """It stays evaluated for three working days, in which other reporters can still evaluate."""
    state, case = answered()
    entries = evaluate(state, case, settled=True).case_events
    assert [entry.move for entry in entries] == [Move.EVALUATE]
    assert entries[-1].case.closes_at is not None


def test_an_unsettled_case_is_reopened_once_automatically() -> None:
    """It goes to its unit again with a new deadline; the second time a person decides."""
    state, case = answered()
    entries = evaluate(state, case, settled=False).case_events
    assert [entry.move for entry in entries] == [Move.EVALUATE, Move.REOPEN, Move.ASSIGN]
    again = state.cases[case.case_id]
    assert (again.reopenings, again.answer, again.settled_at) == (1, "", None)
    ask(state, again, Move.ACCEPT)
    ask(state, again, Move.RESOLVE, reason="已再次更换")
    entries = evaluate(state, again, settled=False).case_events
    assert [entry.move for entry in entries] == [Move.EVALUATE]
    assert refusal(ask(state, again, Move.REOPEN, reason="仍未解决")) == ""
    assert state.cases[case.case_id].reopenings == 2


def test_a_single_negative_evaluation_counts() -> None:
    """A later yes of another reporter does not override a no."""
    state, case = answered("b")
    state.put(case.model_copy(update={"seq": case.seq + 1, "reopenings": 1}))
    evaluate(state, case, settled=False)
    evaluate(state, case, settled=True)
    evaluation = state.cases[case.case_id].evaluation
    assert evaluation is not None
    assert not evaluation.settled


def test_a_call_back_of_the_hotline_evaluates() -> None:
    """An event of kind evaluation has the effect of the command, and its text is in the entry."""
    state, _case = answered()
    follow_up = event("a-1", kind=Kind.EVALUATION, parent="a", content="灯还是不亮").model_copy(
        update={"evaluation": Evaluation(settled=False)}
    )
    effects = receive(state, follow_up, REGISTER)
    state.apply(effects)
    moves = [entry.move for entry in effects.case_events]
    assert moves == [Move.EVALUATE, Move.REOPEN, Move.ASSIGN]
    assert "灯还是不亮" in effects.case_events[0].reason
    assert any("重新办理" in feedback.text for feedback in effects.feedback)


def test_an_evaluation_without_its_answer_is_refused() -> None:
    """An evaluation without `settled` is refused; the refusal names the field."""
    state, case = answered()
    assert "data.settled" in refusal(ask(state, case, Move.EVALUATE, data={"satisfied": True}))


def test_a_crash_between_evaluation_and_reopening_is_repaired() -> None:
    """A repeated command adds the entries that the crash cut off."""
    state, case = answered()
    evaluate = command(case, Move.EVALUATE, data={"settled": False})
    whole = ask(state, case, Move.EVALUATE, **evaluate.model_dump(exclude={"case_id", "move"}))
    cut = PartitionState()
    cut.put(whole.case_events[0].case)
    again = ask(cut, case, Move.EVALUATE, **evaluate.model_dump(exclude={"case_id", "move"}))
    assert again.case_events == whole.case_events[1:]
    assert again.outcome == whole.outcome


def test_the_only_citizen_of_a_case_may_change_his_mind() -> None:
    """With one report the newest evaluation counts; with two, what is not settled stays."""
    for more, settled in (((), True), (("b",), False)):
        state, case = answered(*more)
        evaluate(state, case, settled=False)
        again = state.cases[case.case_id]
        ask(state, again, Move.ACCEPT)
        ask(state, again, Move.RESOLVE, reason="已再次更换")
        for opinion in (False, True):
            evaluate(state, again, settled=opinion)
        evaluation = state.cases[case.case_id].evaluation
        assert evaluation is not None
        assert evaluation.settled is settled
