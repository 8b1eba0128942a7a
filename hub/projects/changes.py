"""Changes of a project 项目变更: the record that follows, or the reason why there is none. Pure.

Every text is masked here, before it is sent: the public page shows all of them.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from hub.numbered.change import FURTHEST, Change, ChangeRefusedError, check_papers
from hub.projects.code import project_code
from hub.projects.yuan import AmountError, read_yuan, shown_yuan
from hub.security.masking import mask_name, mask_party, mask_text
from schemas.numbered import Paper
from schemas.projects.fold import STATE_NAMES, Project, ProjectState
from schemas.projects.money import SOURCE_NAMES, Money, MoneySource, PlannedMoney
from schemas.projects.project import (
    STAGE_NAMES,
    USUAL_DAYS,
    ProjectDetails,
    Stage,
    stage_after,
)
from schemas.projects.record import ProjectRecord, RecordKind, record_id_of


def register(
    details: ProjectDetails,
    actor: str,
    at: datetime,
    *,
    stage: Stage = Stage.PROPOSED,
    due: date | None = None,
    contractor: str = "",
    planned: Sequence[PlannedMoney] = (),
) -> ProjectRecord:
    """Return the first record of a project, which may be in a later stage already.

    Raises `ChangeRefusedError` if the day is out of range, or more money is planned than budgeted.
    """
    _check_plan(planned, details.budget)
    masked = details.model_copy(
        update={name: mask_text(getattr(details, name)) for name in ("name", "place", "summary")}
    )
    code = project_code(details.division_code, details.number)
    change = Change(actor, at, 0)
    return ProjectRecord(
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
        stage=stage,
        due=_due(stage, due, change, earliest=change.today - FURTHEST),
        contractor=mask_party(contractor),
        planned=tuple(planned),
    )


def finish_stage(
    project: Project,
    change: Change,
    *,
    due: date | None = None,
    note: str = "",
    papers: Sequence[Paper] = (),
    contractor: str = "",
    contractor_is_person: bool = False,
    to: Stage | None = None,
) -> ProjectRecord:
    """Return the record by which a project leaves its stage; after the last one it is finished.

    `to` is the stage that the sender expects, so that none is left out. Raises
    `ChangeRefusedError`: no paper proves the stage, no contractor after the selection.
    """
    _check(project, change)
    present = project.present
    following = stage_after(present.stage)
    if to is not None and to is not following:
        name = STAGE_NAMES[following] if following else "完成"
        detail = f"{STAGE_NAMES[present.stage]}之后是{name}，阶段不能跳过"
        raise ChangeRefusedError(detail)
    if not (papers or present.papers):
        detail = f"{STAGE_NAMES[present.stage]}阶段还没有材料，请先附上会议记录、合同或现场照片"
        raise ChangeRefusedError(detail)
    _check_papers(project, papers)
    name = mask_name(contractor) if contractor_is_person else mask_party(contractor)
    if present.stage is Stage.SELECTION and not (name or project.contractor):
        raise ChangeRefusedError("比选结束要写明施工方")
    fields: dict[str, object] = {
        "note": mask_text(note),
        "papers": tuple(papers),
        "contractor": name,
    }
    if following is None:
        return _record(project, change, RecordKind.FINISHED, fields)
    fields |= {"stage": following, "due": _due(following, due, change)}
    return _record(project, change, RecordKind.STAGE, fields)


def add_evidence(
    project: Project, change: Change, papers: Sequence[Paper], note: str = ""
) -> ProjectRecord:
    """Return the record of further papers of the present stage; raises `ChangeRefusedError`."""
    _check(project, change)
    if not papers:
        raise ChangeRefusedError("请选择要补充的照片")
    _check_papers(project, papers)
    fields = {"papers": tuple(papers), "note": mask_text(note)}
    return _record(project, change, RecordKind.EVIDENCE, fields)


def add_money(
    project: Project,
    change: Change,
    source: MoneySource,
    amount: str,
    *,
    donor: str = "",
    donor_is_person: bool = False,
    anonymous: bool = False,
    note: str = "",
) -> ProjectRecord:
    """Return the record of an amount that was received; raises `ChangeRefusedError`.

    Money may come in after the last stage, such as a subsidy, but not for a stopped project. The
    name of a donor who wants none is refused rather than dropped, so that nobody believes it kept.
    """
    _check(project, change, finished=True)
    donor = donor.strip()
    if anonymous and donor:
        raise ChangeRefusedError("捐赠人不愿具名，请不要填写姓名；系统不保存匿名捐赠人的姓名")
    if source is MoneySource.DONATION and not (donor or anonymous):
        raise ChangeRefusedError("请填写捐赠人，不愿具名的请勾选匿名")
    if source is not MoneySource.DONATION and donor_is_person:
        raise ChangeRefusedError("只有捐赠可以来自个人，其他资金请写单位或不写")
    try:
        yuan = read_yuan(amount)
    except AmountError as error:
        raise ChangeRefusedError(str(error)) from error
    if anonymous and note.strip():
        raise ChangeRefusedError("匿名捐赠不写说明，以免透露捐赠人")
    shown = mask_name(donor) if donor_is_person else mask_party(donor)
    money = Money(source=source, amount=yuan, donor=shown)
    return _record(project, change, RecordKind.MONEY, {"money": money, "note": mask_text(note)})


def plan_money(
    project: Project, change: Change, amounts: Mapping[MoneySource, str]
) -> ProjectRecord:
    """Return the record of a plan, which replaces the one before; raises `ChangeRefusedError`.

    Empty amounts and zeros are left out. A plan may say less than the budget: the rest is open.
    """
    _check(project, change)
    planned = []
    for source, amount in amounts.items():
        if amount.strip() in ("", "0"):
            continue
        try:
            planned.append(PlannedMoney(source=source, amount=read_yuan(amount)))
        except AmountError as error:
            raise ChangeRefusedError(f"{SOURCE_NAMES[source]}：{error}") from error
    if not planned and not project.planned:
        raise ChangeRefusedError("请至少填写一项资金来源的计划金额")
    _check_plan(planned, project.details.budget)
    return _record(project, change, RecordKind.PLANNED, {"planned": tuple(planned)})


def cancel_money(project: Project, change: Change, seq: int, reason: str) -> ProjectRecord:
    """Return the record that takes an amount back; raises `ChangeRefusedError`."""
    _check(project, change, finished=True)
    received = next((item for item in project.money if item.seq == seq), None)
    if received is None:
        raise ChangeRefusedError("没有这笔资金，或已经更正")
    if len(reason.strip()) < 2:
        raise ChangeRefusedError("请写明更正的原因")
    fields = {"money": received.money, "cancels": seq, "note": mask_text(reason)}
    return _record(project, change, RecordKind.CANCELLED, fields)


def stop(project: Project, change: Change, reason: str) -> ProjectRecord:
    """Return the record that ends a project which is not carried out."""
    _check(project, change)
    if len(reason.strip()) < 4:
        raise ChangeRefusedError("请写明终止的原因，公示页会显示")
    return _record(project, change, RecordKind.STOPPED, {"note": mask_text(reason)})


def _check(project: Project, change: Change, *, finished: bool = False) -> None:
    """Raise `ChangeRefusedError` if somebody was faster, or the project has ended."""
    change.check_seen(project.seq)
    ended = project.state is ProjectState.STOPPED or (
        project.state is ProjectState.FINISHED and not finished
    )
    if ended:
        raise ChangeRefusedError(f"项目{STATE_NAMES[project.state]}，不能再登记")


def _check_plan(planned: Sequence[PlannedMoney], budget: str) -> None:
    """Raise `ChangeRefusedError` if more is planned than the budget of the project."""
    total = sum((Decimal(item.amount) for item in planned), Decimal(0))
    if total > Decimal(budget):
        detail = f"计划资金合计{shown_yuan(total)}，超过预算{shown_yuan(budget)}，请核对"
        raise ChangeRefusedError(detail)


def _check_papers(project: Project, papers: Sequence[Paper]) -> None:
    check_papers(sum(len(span.papers) for span in project.spans), papers, "项目")


def _due(stage: Stage, due: date | None, change: Change, *, earliest: date | None = None) -> date:
    """Return the last day of a stage that begins: the one that was set, or the usual one."""
    return change.last_day(STAGE_NAMES[stage], due, USUAL_DAYS[stage], earliest=earliest)


def _record(
    project: Project, change: Change, kind: RecordKind, fields: Mapping[str, object]
) -> ProjectRecord:
    record_id = record_id_of(project.code, project.seq + 1, change.actor, change.at)
    return ProjectRecord.model_validate(
        {"record_id": record_id, "kind": kind, **change.next_fields(project), **fields}
    )
