"""Reads a command from the fields of a form 指令表单. Pure.

Fields: `move`; `case`, repeated, each a case id and the number of its last entry, joined by a dot;
`batch`, a UUID of the page, so that a form that is sent twice takes effect once; `reason`; and what
the move needs: `unit`, `category`, `place` or `lon` and `lat`, `level`, `kind`, `units`, `other`,
`into` (the number or id of the case that takes over the reports of this one),
`answer`, `assign`; for an evaluation `settled`, `responded` and `satisfied`, each yes, no or empty.
"""

import re
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from multidict import MultiMapping
from pydantic import ValidationError

from hub.cases.request import CommandRequest, faults_of
from hub.web.problem import Problem, ProblemError
from hub.workbench.commands.answers import GAP
from schemas.base import derive_id
from schemas.cases.case import Move
from schemas.cases.clock import Supervision

CASE = re.compile(r"([0-9a-fA-F-]{36})(?:\.([0-9]{1,9}))?")
MOST_CASES = 100
"""Cases of one form."""
WITH_UNIT = (Move.ASSIGN, Move.HAND_OVER, Move.ESCALATE)
WITH_CORRECTION = (*WITH_UNIT, Move.TRIAGE)
"""Moves with which a person may correct category and place."""


@dataclass(frozen=True, slots=True)
class CaseCommand:
    """A command for one case; `into` names the case into which it is merged, if a person chose it.

    `into` is what the person typed: a short number, with or without its city, or an id.
    """

    case_id: str
    body: CommandRequest
    into: str = ""


def commands_of(fields: MultiMapping[str]) -> list[CaseCommand]:
    """Return a command for each case of a form; raises `ProblemError` bad_request."""
    try:
        move = Move(fields.get("move", ""))
        batch = str(UUID(fields["batch"])) if fields.get("batch") else str(uuid4())
    except ValueError as error:
        raise ProblemError(Problem.BAD_REQUEST, "请选择指令") from error
    cases = fields.getall("case", [])
    if not cases:
        raise ProblemError(Problem.BAD_REQUEST, "请先选中事项")
    if len(cases) > MOST_CASES:
        raise ProblemError(Problem.BAD_REQUEST, f"一次最多办理{MOST_CASES}件，请分几次")
    data = _data_of(move, fields)
    into = fields.get("into", "").strip() if move is Move.MERGE else ""
    reason = fields.get("reason", "")
    return [replace(_command(text, move, batch, reason, data), into=into) for text in cases]


def _command(text: str, move: Move, batch: str, reason: str, data: dict[str, Any]) -> CaseCommand:
    match = CASE.fullmatch(text)
    if match is None:
        raise ProblemError(Problem.BAD_REQUEST, "事项编号有误，请重新打开页面")
    try:
        body = CommandRequest(
            move=move,
            command_id=derive_id("workbench command", batch, match[1].lower()),
            reason=reason.strip(),
            expected_seq=int(match[2]) if match[2] else None,
            data=data,
        )
    except ValidationError as error:
        raise ProblemError(Problem.BAD_REQUEST, faults_of(error)) from error
    return CaseCommand(match[1].lower(), body)


def _data_of(move: Move, fields: MultiMapping[str]) -> dict[str, Any]:
    """Return the data of a command, as `streams.case.changes` reads it."""
    data: dict[str, Any] = {}
    if move in WITH_UNIT:
        data["unit"] = fields.get("unit", "")
    if move in WITH_CORRECTION:
        data |= _corrections(fields)
    if move is Move.TRIAGE and fields.get("assign"):
        data["assign"] = True
    if move is Move.SUPERVISE:
        data["level"] = fields.get("level") or str(Supervision.YELLOW)
    if move is Move.WHISTLE:
        data |= {"kind": fields.get("kind", ""), "units": fields.getall("units", [])}
    if move is Move.EVALUATE:
        data |= _evaluation(fields)
    if move in (Move.MERGE, Move.KEEP_APART):
        data["case"] = fields.get("other", "")
    if move is Move.RESOLVE and fields.get("answer"):
        if GAP in fields["answer"]:
            raise ProblemError(Problem.BAD_REQUEST, "答复里还有没填的空，请补全或删去")
        data["answer"] = fields["answer"]
    return data


def _evaluation(fields: MultiMapping[str]) -> dict[str, bool]:
    """Return what the citizen answered to a call-back; an empty field is no answer.

    Raises `ProblemError` bad_request if he was not asked whether the matter is settled.
    """
    answers = {
        name: fields[name] == "yes"
        for name in ("responded", "settled", "satisfied")
        if fields.get(name) in ("yes", "no")
    }
    if "settled" not in answers:
        raise ProblemError(Problem.BAD_REQUEST, "请选择诉求人说解决了没有")
    return answers


def _corrections(fields: MultiMapping[str]) -> dict[str, Any]:
    """Return category and place that the form corrects; a point wins over a name.

    A place name has its grid behind a bar, because several places may share a name.
    """
    corrections: dict[str, Any] = {}
    if fields.get("category"):
        corrections["category"] = fields["category"]
    name, _, grid = fields.get("place", "").partition("|")
    if fields.get("lon") and fields.get("lat"):
        corrections["place"] = {"lon": fields["lon"], "lat": fields["lat"]}
    elif name.strip():
        corrections["place"] = {"name": name.strip(), "grid_code": grid.strip()}
    return corrections
