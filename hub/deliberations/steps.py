"""The steps of a deliberation 议事六步: each follows the one before, or is refused. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from hub.deliberations.changes import (
    SHORTEST,
    check_kept,
    check_open,
    record_of,
    step_name,
)
from hub.numbered.change import Change, ChangeRefusedError
from hub.security.masking import mask_text
from schemas.deliberation.fold import Deliberation
from schemas.deliberation.meeting import (
    MEETING_NAMES,
    NOTICE_DAYS,
    OWNERS,
    QUORUM_WORDS,
    Attendance,
    Call,
    Votes,
    has_majority,
    majority_words,
)
from schemas.deliberation.record import (
    Decision,
    DeliberationRecord,
    Publication,
    RecordKind,
    Result,
)
from schemas.deliberation.topic import (
    AFTER_PUBLICATION,
    LEAST_PUBLISHED,
    STEP_NAMES,
    USUAL_DAYS,
    Step,
)
from schemas.numbered import Paper

MOST_ENTITLED = 1_000_000
FARTHEST = timedelta(days=366)
"""A notice was, and a meeting is, within so long: a day in 2062 is a slip."""
LONGEST_PUBLISHED = 60
PREVIOUS = {
    Step.MEETING: Step.CALL,
    Step.DECISION: Step.MEETING,
    Step.PUBLICATION: Step.DECISION,
    Step.CARRYING_OUT: Step.PUBLICATION,
}


def call_meeting(
    deliberation: Deliberation,
    change: Change,
    call: Call,
    *,
    note: str = "",
    papers: Sequence[Paper] = (),
) -> DeliberationRecord:
    """Return the record of a call; a meeting that was called may be called for another day.

    Raises `ChangeRefusedError`: the notice is later than today, too old or too short, the day is
    far off, or the area of owners is missing.
    """
    check_open(deliberation, change)
    if deliberation.present.step not in (Step.TOPIC, Step.CALL):
        raise ChangeRefusedError(f"现在是{step_name(deliberation)}，会议已经开过，不能再召集")
    if call.noticed_on < change.today - FARTHEST:
        raise ChangeRefusedError(f"通知日期{call.noticed_on}在一年以前，请核对")
    if call.noticed_on > change.today:
        raise ChangeRefusedError("通知的日期在今天之后，请发出通知后再登记")
    if not call.noticed_on <= call.day <= change.today + FARTHEST:
        raise ChangeRefusedError(f"会议日期{call.day}有误，应在通知之后、一年之内")
    _check_notice(call)
    if call.entitled > MOST_ENTITLED:
        raise ChangeRefusedError(f"应到{call.entitled}人有误，请核对")
    if call.kind in OWNERS and not call.area:
        raise ChangeRefusedError("业主大会要写全体业主的专有面积，表决按人数和面积计算")
    masked = call.model_copy(update={"place": mask_text(call.place)})
    return _step(deliberation, change, Step.CALL, call.day, {"call": masked}, note, papers)


def _check_notice(call: Call) -> None:
    needed, days = NOTICE_DAYS.get(call.kind, 0), (call.day - call.noticed_on).days
    if days >= needed:
        return
    name = MEETING_NAMES[call.kind]
    if call.kind in OWNERS:
        detail = f"{name}应当于会议召开{needed}日以前通知全体业主，现在只有{days}天"
        raise ChangeRefusedError(detail)
    if not call.urgent:
        detail = f"{name}应当提前{needed}天通知，现在只有{days}天；遇紧急情况请勾选“紧急”"
        raise ChangeRefusedError(detail)


def hold_meeting(
    deliberation: Deliberation,
    change: Change,
    attendance: Attendance,
    *,
    note: str = "",
    papers: Sequence[Paper] = (),
) -> DeliberationRecord:
    """Return the record of a meeting that was held, with or without a quorum.

    Raises `ChangeRefusedError`: a step is left out, the day is before that of the call or in the
    future, or more came than are entitled.
    """
    _check_step(deliberation, change, Step.MEETING)
    call = deliberation.call
    if call is None or not call.day <= attendance.day <= change.today:
        meant = f"会议通知的{call.day}" if call else "通知"
        detail = f"开会的日期{attendance.day}有误，应在{meant}或以后、今天或以前；提前开会请先改期"
        raise ChangeRefusedError(detail)
    if attendance.attended > attendance.entitled:
        detail = f"实到{attendance.attended}人，多于应到{attendance.entitled}人，列席的不计入"
        raise ChangeRefusedError(detail)
    if call.kind in OWNERS and not _has_areas(attendance):
        raise ChangeRefusedError("请写全体业主和参与表决业主的专有面积，参与的不能多于全体")
    due = _usual(change, Step.MEETING)
    return _step(deliberation, change, Step.MEETING, due, {"attendance": attendance}, note, papers)


def _has_areas(attendance: Attendance) -> bool:
    came = attendance.attended_area > 0 or attendance.attended == 0
    return came and 0 < attendance.area >= attendance.attended_area


def decide(
    deliberation: Deliberation,
    change: Change,
    decision: Decision,
    *,
    note: str = "",
    papers: Sequence[Paper] = (),
) -> DeliberationRecord:
    """Return the record of a decision; after 延期再议 the topic begins again.

    Raises `ChangeRefusedError`: no picture of the minutes, more votes than people, no quorum for a
    decision, or a result that the votes do not have.
    """
    _check_step(deliberation, change, Step.DECISION)
    call, attendance = deliberation.call, deliberation.attendance
    if call is None or attendance is None:
        raise ChangeRefusedError("还没有登记会议的召集和到会人数")
    if not attendance.day <= decision.decided_on <= change.today:
        raise ChangeRefusedError(f"表决的日期{decision.decided_on}有误，应在会议当天或以后")
    _check_votes(attendance, decision.votes)
    if decision.result is not Result.POSTPONED and not deliberation.may_decide:
        detail = (
            f"应到{attendance.entitled}，实到{attendance.attended}，没有达到法定人数"
            f"（{QUORUM_WORDS[call.kind]}），只能登记延期再议"
        )
        raise ChangeRefusedError(detail)
    is_adopted = deliberation.may_decide and has_majority(call.kind, attendance, decision.votes)
    if is_adopted != (decision.result is Result.ADOPTED):
        words = majority_words(call.kind)
        verdict = f"已达到{words}，结果应当是通过" if is_adopted else f"没有{words}，不能登记通过"
        raise ChangeRefusedError(f"同意{decision.votes.in_favour}票，{verdict}")
    if not (papers or deliberation.present.papers):
        raise ChangeRefusedError("还没有会议记录，请附上记录或表决结果的照片，可以不公示")
    if decision.result is Result.POSTPONED:
        if len(note.strip()) < SHORTEST:
            raise ChangeRefusedError("请在说明中写明延期的原因")
        due = _usual(change, Step.TOPIC)
        return _step(deliberation, change, Step.TOPIC, due, {"decision": decision}, note, papers)
    if len(decision.text.strip()) < SHORTEST:
        raise ChangeRefusedError("请写明决议的内容，群众会看到")
    masked = decision.model_copy(update={"text": mask_text(decision.text)})
    due = _usual(change, Step.DECISION)
    return _step(deliberation, change, Step.DECISION, due, {"decision": masked}, note, papers)


def _check_votes(attendance: Attendance, votes: Votes) -> None:
    if votes.cast > attendance.attended:
        detail = f"同意、反对、弃权共{votes.cast}票，多于实到{attendance.attended}人"
        raise ChangeRefusedError(detail)
    if votes.area_in_favour > attendance.attended_area:
        raise ChangeRefusedError("同意的专有面积多于参与表决的面积")


def publish(
    deliberation: Deliberation,
    change: Change,
    publication: Publication,
    *,
    note: str = "",
    papers: Sequence[Paper] = (),
) -> DeliberationRecord:
    """Return the record of a publication, for at least `LEAST_PUBLISHED` days.

    Raises `ChangeRefusedError`: nothing is decided, it begins before the decision or after today,
    it is too short or too long, or no picture proves it.
    """
    _check_step(deliberation, change, Step.PUBLICATION)
    decision = deliberation.decision
    if decision is None or publication.since < decision.decided_on:
        raise ChangeRefusedError("公示的日期早于决定，请核对；先公示的是方案，不是决议")
    if publication.since > change.today:
        raise ChangeRefusedError("公示从今天以后开始，请张贴后再登记")
    days = (publication.until - publication.since).days + 1
    if not LEAST_PUBLISHED <= days <= LONGEST_PUBLISHED:
        detail = f"公示{days}天有误，应为{LEAST_PUBLISHED}到{LONGEST_PUBLISHED}天"
        raise ChangeRefusedError(detail)
    if not (papers or deliberation.present.papers):
        raise ChangeRefusedError("还没有公示的照片，请拍下公示栏或群公告")
    masked = publication.model_copy(update={"where": mask_text(publication.where)})
    due = publication.until + timedelta(days=AFTER_PUBLICATION)
    return _step(deliberation, change, Step.PUBLICATION, due, {"publication": masked}, note, papers)


def carry_out(
    deliberation: Deliberation,
    change: Change,
    unit: str,
    *,
    due: date | None = None,
    note: str = "",
    papers: Sequence[Paper] = (),
) -> DeliberationRecord:
    """Return the record by which a unit begins to carry out what was adopted.

    Raises `ChangeRefusedError`: it was not adopted, the days of publication are not over, or an
    objection has no answer.
    """
    _check_step(deliberation, change, Step.CARRYING_OUT)
    if deliberation.result is not Result.ADOPTED:
        raise ChangeRefusedError("决议没有通过，公示结束后直接办结")
    _check_published(deliberation, change)
    last = change.last_day("落实", due, USUAL_DAYS[Step.CARRYING_OUT])
    fields = {"carried_by": unit}
    return _step(deliberation, change, Step.CARRYING_OUT, last, fields, note, papers)


def finish(
    deliberation: Deliberation, change: Change, result: str, papers: Sequence[Paper] = ()
) -> DeliberationRecord:
    """Return the last record: it is carried out, or its rejection was published.

    Raises `ChangeRefusedError` if it is at another step or `result` says nothing.
    """
    check_open(deliberation, change)
    is_rejected = deliberation.result is Result.REJECTED
    last = Step.PUBLICATION if is_rejected else Step.CARRYING_OUT
    if deliberation.present.step is not last:
        detail = f"现在是{step_name(deliberation)}，{STEP_NAMES[last]}之后才能办结"
        raise ChangeRefusedError(detail)
    if is_rejected:
        _check_published(deliberation, change)
    if len(result.strip()) < SHORTEST:
        raise ChangeRefusedError("请写明落实的结果，群众会看到")
    check_kept(deliberation, papers)
    fields = {"note": mask_text(result), "papers": tuple(papers)}
    return record_of(deliberation, change, RecordKind.FINISHED, fields)


def _check_published(deliberation: Deliberation, change: Change) -> None:
    publication = deliberation.publication
    if publication is None or change.today <= publication.until:
        until = publication.until if publication else ""
        raise ChangeRefusedError(f"公示到{until}为止，期满后再登记")
    if deliberation.unanswered:
        detail = f"还有{len(deliberation.unanswered)}条异议没有答复，请先答复"
        raise ChangeRefusedError(detail)


def _check_step(deliberation: Deliberation, change: Change, step: Step) -> None:
    """Raise `ChangeRefusedError` unless `step` may begin now."""
    check_open(deliberation, change)
    if deliberation.present.step is not PREVIOUS[step]:
        detail = (
            f"现在是{step_name(deliberation)}，{STEP_NAMES[step]}在{STEP_NAMES[PREVIOUS[step]]}"
            "之后，不能跳过"
        )
        raise ChangeRefusedError(detail)


def _usual(change: Change, step: Step) -> date:
    return change.today + timedelta(days=USUAL_DAYS[step])


def _step(
    deliberation: Deliberation,
    change: Change,
    step: Step,
    due: date,
    facts: Mapping[str, object],
    note: str,
    papers: Sequence[Paper],
) -> DeliberationRecord:
    check_kept(deliberation, papers)
    fields = {
        **facts,
        "step": step,
        "due": due,
        "note": mask_text(note),
        "papers": tuple(papers),
    }
    return record_of(deliberation, change, RecordKind.STEP, fields)
