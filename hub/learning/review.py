"""Reviews a version 评审: its figures, and what it would have decided in the last month."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hub.learning.decisions import Decision, UnitDecision, decisions_path, order_of, read_decisions
from hub.learning.show import changes, overruled_rules
from hub.learning.versions import card_of
from hub.learning.weighing import drawn
from hub.settings.learning import LearningSettings
from hub.town.model_versions import models_folder, version_folder
from hub.town.models import load_matcher, load_register
from schemas.cases.assignment import Assignment
from schemas.cases.case import Case, State
from schemas.reports.report import Telling
from streams.case.assign import assign
from streams.report import text_fields
from streams.town.register import Register

NOBODY = UUID(int=0)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def review(settings: LearningSettings, version: str, examples: int) -> dict[str, Any]:
    """Return the card of a version, what would change, and rules that people overrule.

    At most `examples` examples of each kind. Raises `LearningError`, `ModelVersionError`,
    `ModelError` or `TownError`.
    """
    card = card_of(settings, version)
    decisions = _last_month(settings)
    present = load_matcher(models_folder(settings))
    new = load_matcher(version_folder(settings, version))
    changed = changes(decisions, present, new, _units_by(load_register(settings)))
    shown = [{**asdict(change), "examples": change.examples[:examples]} for change in changed]
    units = [decision for decision in decisions if isinstance(decision, UnitDecision)]
    return {"card": card, "changes": shown, "overruled_rules": overruled_rules(units)}


def _last_month(settings: LearningSettings) -> list[Decision]:
    """Return the decisions that only measure, at most `HUB_LEARN_MOST`."""
    path = decisions_path(settings)
    last = max((decision.at for decision in read_decisions(path)), default=NEVER)
    boundary = last - timedelta(days=settings.learn_held_out)
    recent = (decision for decision in read_decisions(path) if decision.at >= boundary)
    return drawn(recent, settings.learn_most, order_of)


def _units_by(register: Register) -> Callable[[Telling, str], str]:
    """Return a function: the unit of a report with a category by the rules; empty for triage."""

    def unit_of(telling: Telling, category: str) -> str:
        case = Case(
            case_id=NOBODY,
            seq=1,
            state=State.RECEIVED,
            opened_at=NEVER,
            updated_at=NEVER,
            **{**text_fields(telling), "category": category},
        )
        decided = assign(case, register)
        return decided.unit if isinstance(decided, Assignment) else ""

    return unit_of
