"""Changes of a deliberation 议事变更: the record that follows, or why there is none. Pure.

The steps that a meeting takes are in `hub.deliberations.steps`. Every text is masked here, before
it is sent: the public page shows all of them.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from hub.deliberations.code import deliberation_code
from hub.numbered.change import FURTHEST, Change, ChangeRefusedError, check_papers
from hub.security.masking import mask_text
from schemas.deliberation.fold import STATE_NAMES, Deliberation, DeliberationState
from schemas.deliberation.record import DeliberationRecord, RecordKind, record_id_of
from schemas.deliberation.topic import STEP_NAMES, USUAL_DAYS, DeliberationDetails, Step
from schemas.numbered import Paper

SHORTEST = 4
"""Characters of a reason, an answer or a result: 无 or 已办 says nothing."""
MOST_CASES = 50


def register(
    details: DeliberationDetails, actor: str, at: datetime, *, due: date | None = None
) -> DeliberationRecord:
    """Return the first record of a deliberation: it is put on the agenda.

    `due` is the day until which a meeting is called. Raises `ChangeRefusedError` if it is out of
    range.
    """
    masked = details.model_copy(
        update={name: mask_text(getattr(details, name)) for name in ("title", "place", "summary")}
    )
    code = deliberation_code(details.division_code, details.number)
    change = Change(actor, at, 0)
    last = change.last_day(
        "召集会议", due, USUAL_DAYS[Step.TOPIC], earliest=change.today - FURTHEST
    )
    return DeliberationRecord(
        record_id=record_id_of(code, 1, actor, at),
        code=code,
        seq=1,
        kind=RecordKind.REGISTERED,
        at=at,
        actor=actor,
        unit=details.unit,
        division_code=details.division_code,
        grid_code=details.grid_code,
        details=masked,
        step=Step.TOPIC,
        due=last,
    )


def add_evidence(
    deliberation: Deliberation, change: Change, papers: Sequence[Paper], note: str = ""
) -> DeliberationRecord:
    """Return the record of further papers of the present step; raises `ChangeRefusedError`."""
    check_open(deliberation, change)
    if not papers:
        raise ChangeRefusedError("请选择要补充的照片")
    check_kept(deliberation, papers)
    fields = {"papers": tuple(papers), "note": mask_text(note)}
    return record_of(deliberation, change, RecordKind.EVIDENCE, fields)


def object_to(deliberation: Deliberation, change: Change, text: str) -> DeliberationRecord:
    """Return the record of an objection while the decision is published.

    Who objects is not recorded. Raises `ChangeRefusedError`.
    """
    check_open(deliberation, change)
    if deliberation.present.step is not Step.PUBLICATION:
        raise ChangeRefusedError("异议在公示期间登记；其他意见请作为诉求登记")
    if len(text.strip()) < SHORTEST:
        raise ChangeRefusedError("请写明异议的内容，不写提出人的姓名")
    return record_of(deliberation, change, RecordKind.OBJECTION, {"note": mask_text(text)})


def answer(
    deliberation: Deliberation, change: Change, seq: int, text: str, *, upheld: bool = False
) -> DeliberationRecord:
    """Return the answer to the objection `seq`; if it is upheld, the topic begins again.

    Raises `ChangeRefusedError`.
    """
    check_open(deliberation, change)
    if all(item.seq != seq for item in deliberation.unanswered):
        raise ChangeRefusedError("没有这条异议，或已经答复")
    if len(text.strip()) < SHORTEST:
        raise ChangeRefusedError("请写明答复，群众会看到")
    fields: dict[str, object] = {"answers": seq, "note": mask_text(text), "upheld": upheld}
    if upheld:
        due = change.last_day("重新召集", None, USUAL_DAYS[Step.TOPIC])
        fields |= {"step": Step.TOPIC, "due": due}
    return record_of(deliberation, change, RecordKind.ANSWERED, fields)


def link(
    deliberation: Deliberation, change: Change, *, case_id: UUID | None = None, project: str = ""
) -> DeliberationRecord:
    """Return the record that a case or a project belongs to the deliberation.

    A finished one may still found a project. Raises `ChangeRefusedError`.
    """
    change.check_seen(deliberation.seq)
    if deliberation.state is DeliberationState.WITHDRAWN:
        raise ChangeRefusedError("议事已撤回，不能再关联")
    if (case_id is None) == (not project):
        raise ChangeRefusedError("请填写事项号或项目码，一次一个")
    if case_id in deliberation.cases or (project and project == deliberation.project):
        raise ChangeRefusedError("已经关联，不必再登记")
    if case_id is not None and len(deliberation.cases) >= MOST_CASES:
        raise ChangeRefusedError(f"一个议题最多关联{MOST_CASES}件事项")
    if project and deliberation.project:
        raise ChangeRefusedError(f"已关联项目{deliberation.project}，一个议题只关联一个项目")
    fields = {"case_id": case_id, "project": project}
    return record_of(deliberation, change, RecordKind.LINKED, fields)


def withdraw(deliberation: Deliberation, change: Change, reason: str) -> DeliberationRecord:
    """Return the record that takes a deliberation off the agenda; raises `ChangeRefusedError`."""
    check_open(deliberation, change)
    if len(reason.strip()) < SHORTEST:
        raise ChangeRefusedError("请写明撤回的原因，公示页会显示")
    return record_of(deliberation, change, RecordKind.WITHDRAWN, {"note": mask_text(reason)})


def check_open(deliberation: Deliberation, change: Change) -> None:
    """Raise `ChangeRefusedError` if somebody was faster, or the deliberation has ended."""
    change.check_seen(deliberation.seq)
    if deliberation.state is not DeliberationState.OPEN:
        raise ChangeRefusedError(f"议事{STATE_NAMES[deliberation.state]}，不能再登记")


def check_kept(deliberation: Deliberation, papers: Sequence[Paper]) -> None:
    """Raise `ChangeRefusedError` if these are too many pictures."""
    check_papers(sum(len(span.papers) for span in deliberation.spans), papers, "议题")


def record_of(
    deliberation: Deliberation, change: Change, kind: RecordKind, fields: Mapping[str, object]
) -> DeliberationRecord:
    """Return the next record of a deliberation."""
    record_id = record_id_of(deliberation.code, deliberation.seq + 1, change.actor, change.at)
    return DeliberationRecord.model_validate(
        {"record_id": record_id, "kind": kind, **change.next_fields(deliberation), **fields}
    )


def step_name(deliberation: Deliberation) -> str:
    """Return the Chinese name of the present step."""
    return STEP_NAMES[deliberation.present.step]
