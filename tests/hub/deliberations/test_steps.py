"""The steps of a deliberation: none is left out, and no meeting decides more than it may."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from hub.deliberations.changes import answer, object_to
from hub.deliberations.facts import facts_of
from hub.deliberations.steps import (
    call_meeting,
    carry_out,
    decide,
    finish,
    hold_meeting,
    publish,
)
from hub.numbered.change import ChangeRefusedError
from schemas.deliberation.fold import DeliberationState
from schemas.deliberation.meeting import MeetingKind
from schemas.deliberation.record import Decision, DeliberationRecord, Result
from schemas.deliberation.topic import STEP_NAMES, STEPS, Step
from tests.hub.deliberations.built import (
    NEXT,
    PAPERS,
    advanced,
    attendance,
    call,
    change,
    day_of,
    decision,
    folded,
    publication,
    registered,
)


def met(kind: MeetingKind, attended: int, **more: object) -> list[DeliberationRecord]:
    """Return a deliberation whose meeting of forty was called long enough before."""
    records = registered()
    by = change(records)
    called = call(by, kind, day=day_of(by) + timedelta(days=20), **more)
    records.append(call_meeting(folded(records), by, called))
    by = change(records, 20)
    records.append(hold_meeting(folded(records), by, attendance(by, attended, **more)))
    return records


def test_a_deliberation_passes_all_six_steps() -> None:
    """At its end it is carried out, and each step has its time and its facts."""
    records = advanced(Step.CARRYING_OUT)
    records.append(finish(folded(records), change(records, 30), "26个车位已划线启用"))
    deliberation = folded(records)
    assert deliberation.state is DeliberationState.FINISHED
    assert tuple(span.step for span in deliberation.spans) == STEPS
    assert all(span.left_at is not None for span in deliberation.spans)
    assert deliberation.call is not None
    assert deliberation.spans[1].due == deliberation.call.day
    assert deliberation.may_decide
    assert deliberation.result is Result.ADOPTED
    assert deliberation.carried_by == "U-T"
    assert deliberation.reason == "26个车位已划线启用"


@pytest.mark.parametrize("present", STEPS)
@pytest.mark.parametrize("following", NEXT)
def test_no_step_is_left_out_and_none_is_taken_twice(present: Step, following: Step) -> None:
    """Only the next step may begin; a meeting that is called may be called for another day."""
    records = advanced(present)
    deliberation, by = folded(records), change(records, 8)
    if STEPS.index(following) == STEPS.index(present) + 1 or present is following is Step.CALL:
        assert NEXT[following](deliberation, by).step is following
        return
    with pytest.raises(ChangeRefusedError, match=f"现在是{STEP_NAMES[present]}"):
        NEXT[following](deliberation, by)


def test_a_meeting_without_a_quorum_can_only_postpone() -> None:
    """26 of 40 representatives are less than two thirds: the topic begins again."""
    records = met(MeetingKind.REPRESENTATIVES, 26)
    for result, votes in ((Result.ADOPTED, (26, 0, 0)), (Result.REJECTED, (0, 26, 0))):
        by = change(records)
        with pytest.raises(ChangeRefusedError, match=r"没有达到法定人数.*只能登记延期再议"):
            decide(folded(records), by, decision(by, votes, result), papers=PAPERS)
    by = change(records)
    postponed = decision(by, (0, 0, 0), Result.POSTPONED)
    with pytest.raises(ChangeRefusedError, match="延期的原因"):
        decide(folded(records), by, postponed, papers=PAPERS)
    records.append(decide(folded(records), by, postponed, note="到会人数不足", papers=PAPERS))
    deliberation = folded(records)
    assert deliberation.present.step is Step.TOPIC
    assert deliberation.result is Result.POSTPONED
    by = change(records)
    records.append(call_meeting(folded(records), by, call(by)))
    assert folded(records).result is None
    assert folded(records).attendance is None


@pytest.mark.parametrize(
    ("attended", "votes", "result", "reason"),
    [
        (31, (25, 4, 3), Result.ADOPTED, "共32票，多于实到31人"),
        (31, (15, 10, 6), Result.ADOPTED, "没有到会人员过半数同意"),
        (30, (15, 0, 0), Result.ADOPTED, "没有到会人员过半数同意"),
        (31, (16, 10, 5), Result.REJECTED, "结果应当是通过"),
        (31, (16, 10, 5), Result.POSTPONED, "结果应当是通过"),
    ],
)
def test_a_result_is_the_one_that_the_votes_have(
    attended: int, votes: tuple[int, int, int], result: Result, reason: str
) -> None:
    """More than half of those who came, not of those who voted; never more votes than people."""
    records = met(MeetingKind.REPRESENTATIVES, attended)
    by = change(records)
    with pytest.raises(ChangeRefusedError, match=reason):
        decide(folded(records), by, decision(by, votes, result), note="再议", papers=PAPERS)


def test_a_decision_needs_its_minutes_and_its_words() -> None:
    """Without a picture of the minutes, or without a resolution, it is refused."""
    records = met(MeetingKind.REPRESENTATIVES, 31)
    by = change(records)
    with pytest.raises(ChangeRefusedError, match="还没有会议记录"):
        decide(folded(records), by, decision(by))
    wordless = decision(by).model_copy(update={"text": "同意"})
    with pytest.raises(ChangeRefusedError, match="决议的内容"):
        decide(folded(records), by, wordless, papers=PAPERS)


def test_a_rejected_topic_is_published_and_then_ends() -> None:
    """There is nothing to carry out, so the step 落实 is refused, not left out."""
    records = met(MeetingKind.REPRESENTATIVES, 31)
    by = change(records)
    rejected = decision(by, (10, 20, 1), Result.REJECTED)
    records.append(decide(folded(records), by, rejected, papers=PAPERS))
    by = change(records)
    records.append(publish(folded(records), by, publication(by), papers=PAPERS))
    with pytest.raises(ChangeRefusedError, match="公示结束后直接办结"):
        carry_out(folded(records), change(records, 8), "U-V")
    with pytest.raises(ChangeRefusedError, match="期满后再登记"):
        finish(folded(records), change(records, 6), "没有通过，维持现状")
    records.append(finish(folded(records), change(records, 7), "没有通过，维持现状"))
    assert folded(records).state is DeliberationState.FINISHED


def test_nothing_is_published_before_it_was_decided() -> None:
    """Nor after today, nor for too few days, nor without a picture of the board."""
    records = advanced(Step.DECISION)
    by = change(records)
    notice = publication(by)
    early = notice.model_copy(update={"since": notice.since - timedelta(days=2)})
    late = notice.model_copy(update={"since": notice.since + timedelta(days=1)})
    for wrong, reason in (
        (early, "早于决定"),
        (late, "今天以后"),
        (publication(by, 2), "公示2天有误"),
        (publication(by, 61), "公示61天有误"),
    ):
        with pytest.raises(ChangeRefusedError, match=reason):
            publish(folded(records), by, wrong, papers=PAPERS)
    with pytest.raises(ChangeRefusedError, match="公示的照片"):
        publish(folded(records), by, notice)


@pytest.mark.parametrize(
    ("kind", "days", "reason"),
    [
        (MeetingKind.VILLAGERS, 9, "提前10天通知.*勾选“紧急”"),
        (MeetingKind.HOUSEHOLDS, 0, "提前10天通知"),
        (MeetingKind.OWNERS, 14, "15日以前通知全体业主"),
        (MeetingKind.REPRESENTATIVES, -1, "会议日期"),
        (MeetingKind.COUNCIL, 367, "会议日期"),
    ],
)
def test_a_call_gives_the_notice_of_the_law(kind: MeetingKind, days: int, reason: str) -> None:
    """Villagers have ten days, owners fifteen; the day is after the notice and within a year."""
    records = registered()
    by = change(records)
    called = call(by, kind, day=day_of(by) + timedelta(days=days), area=4000.0)
    with pytest.raises(ChangeRefusedError, match=reason):
        call_meeting(folded(records), by, called)


def test_villagers_are_called_at_once_in_an_urgent_matter_and_owners_never() -> None:
    """The law on villages has this exception, that on owners has none."""
    records = registered()
    by = change(records)
    called = call(by, MeetingKind.VILLAGERS, urgent=True)
    assert call_meeting(folded(records), by, called).step is Step.CALL
    owners = call(by, MeetingKind.OWNERS, urgent=True, area=4000.0)
    with pytest.raises(ChangeRefusedError, match="15日以前"):
        call_meeting(folded(records), by, owners)


def test_a_call_is_refused_that_nobody_has_heard_of() -> None:
    """A notice of tomorrow or of years ago, and owners without the area by which they vote."""
    records = registered()
    by = change(records)
    tomorrow = day_of(by) + timedelta(days=1)
    with pytest.raises(ChangeRefusedError, match="一年以前"):
        call_meeting(folded(records), by, call(by, noticed_on=date.min, day=date.min))
    with pytest.raises(ChangeRefusedError, match="发出通知后"):
        call_meeting(folded(records), by, call(by, noticed_on=tomorrow, day=tomorrow))
    owners = call(by, MeetingKind.OWNERS, day=day_of(by) + timedelta(days=15))
    with pytest.raises(ChangeRefusedError, match="专有面积"):
        call_meeting(folded(records), by, owners)


def test_a_meeting_that_is_written_down_later_has_its_own_day() -> None:
    """Between the day of the call and today: an earlier one would cut the days of notice short."""
    records = advanced(Step.CALL)
    by = change(records, 5)
    today = day_of(by)
    assert hold_meeting(folded(records), by, attendance(by, day=today - timedelta(days=4)))
    for day in (today + timedelta(days=1), today - timedelta(days=5)):
        with pytest.raises(ChangeRefusedError, match="开会的日期"):
            hold_meeting(folded(records), by, attendance(by, day=day))
    with pytest.raises(ChangeRefusedError, match="实到41人，多于应到40人"):
        hold_meeting(folded(records), by, attendance(by, 41))


def test_an_objection_is_answered_before_anything_is_carried_out() -> None:
    """It is taken while the decision is published, and its answer is recorded."""
    records = advanced(Step.DECISION)
    with pytest.raises(ChangeRefusedError, match="公示期间"):
        object_to(folded(records), change(records), "车位太少")
    records = advanced(Step.PUBLICATION)
    records.append(object_to(folded(records), change(records), "张建国13800138001说车位太少"))
    (objection,) = folded(records).unanswered
    assert "13800138001" not in objection.text
    with pytest.raises(ChangeRefusedError, match="1条异议没有答复"):
        carry_out(folded(records), change(records, 7), "U-V")
    with pytest.raises(ChangeRefusedError, match="没有这条异议"):
        answer(folded(records), change(records), 2, "已经说明情况")
    records.append(answer(folded(records), change(records), objection.seq, "已经说明情况"))
    assert folded(records).unanswered == ()
    assert carry_out(folded(records), change(records, 7), "U-V").carried_by == "U-V"


def test_an_objection_that_is_right_begins_the_topic_again() -> None:
    """What was decided no longer counts, and the earlier steps stay in the history."""
    records = advanced(Step.PUBLICATION)
    records.append(object_to(folded(records), change(records), "通知没有送到二组"))
    seq = records[-1].seq
    records.append(answer(folded(records), change(records), seq, "属实，重新召集", upheld=True))
    deliberation = folded(records)
    assert deliberation.present.step is Step.TOPIC
    assert deliberation.decision is None
    assert deliberation.publication is None
    assert len(deliberation.spans) == 6
    assert deliberation.objections[0].upheld


@pytest.mark.parametrize("vote_day", [-1, 1])
def test_a_vote_is_not_before_its_meeting_or_after_today(vote_day: int) -> None:
    """A vote by letter may be counted days after the meeting."""
    records = met(MeetingKind.REPRESENTATIVES, 31)
    by = change(records, 0)
    wrong = Decision.model_validate(
        decision(by).model_dump() | {"decided_on": day_of(by) + timedelta(days=vote_day)}
    )
    with pytest.raises(ChangeRefusedError, match="表决的日期"):
        decide(folded(records), by, wrong, papers=PAPERS)


def test_whoever_corrects_how_many_may_vote_shows_it() -> None:
    """With fewer who may vote the same people are a quorum."""
    records = advanced(Step.CALL)
    by = change(records)
    records.append(hold_meeting(folded(records), by, attendance(by, 20, entitled=28)))
    assert "应到28（召集时40），实到20，到会率71.4%" in dict(facts_of(folded(records))).values()
    called = call(by, MeetingKind.OWNERS, area=4000.0)
    came = attendance(by, 30, area=3500.0, attended_area=3000.0)
    owners = replace(folded(records), call=called, attendance=came)
    assert dict(facts_of(owners))["到会"].endswith("占85.7%（全体3500平方米，召集时4000平方米）")
