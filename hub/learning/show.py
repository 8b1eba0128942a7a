"""`hub learn show` 变化: what another version would have decided in the last month. Pure.

Every line is about a decision that neither version was learnt from. Texts are masked, as they are
in the store.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.learning.decisions import CategoryDecision, PairDecision, UnitDecision
from hub.learning.measure import answer_of, verdict_list
from hub.learning.pairs import compared
from schemas.category import CATEGORIES
from schemas.reports.report import Telling
from streams.matching.matcher import Matcher

SHOWN_LETTERS = 40
"""Characters of a text that an example shows."""
FEWEST_OF_RULE = 5
"""Cases of a rule and a unit from which it is listed as often overruled."""
OVERRULED = 0.5
"""Share of its cases that people kept with the unit, below which a rule is listed."""
TRIAGE = "待研判"

UnitOf = Callable[[Telling, str], str]
"""Returns the unit that the rules give to a report with this category; empty: triage."""


@dataclass(slots=True)
class Change:
    """How many decisions of one kind two versions answer differently, with examples."""

    name: str
    decisions: int = 0
    differ: int = 0
    better: int = 0
    worse: int = 0
    examples: list[dict[str, str]] = field(default_factory=list)

    def add(self, right: str, before: str, after: str, example: Mapping[str, str]) -> None:
        """Count one decision; `right` is the answer of the person."""
        self.decisions += 1
        if before == after:
            return
        self.differ += 1
        self.better += after == right
        self.worse += before == right
        self.examples.append({**example, "decided": right, "present": before, "new": after})


def changes(
    decisions: Iterable[CategoryDecision | PairDecision | UnitDecision],
    present: Matcher,
    new: Matcher,
    unit_of: UnitOf,
) -> list[Change]:
    """Return what would change: categories, units, pairs that were asked about, other pairs.

    The rules choose units, so a unit changes only where the category does.
    """
    kinds: dict[type, list[Any]] = {CategoryDecision: [], PairDecision: [], UnitDecision: []}
    for decision in decisions:
        kinds[type(decision)].append(decision)
    finals = {decision.case: decision.unit for decision in kinds[UnitDecision]}
    categories, units = Change("category"), Change("unit")
    for decision in kinds[CategoryDecision]:
        example = {"case": decision.case, "text": shortened(decision.telling)}
        before = answer_of(present.classifier, decision)[0]
        after = answer_of(new.classifier, decision)[0]
        categories.add(_name(decision.leaf), _name(before), _name(after), example)
        final = finals.get(decision.case) or unit_of(decision.telling, decision.leaf)
        if final:
            old, fresh = unit_of(decision.telling, before), unit_of(decision.telling, after)
            units.add(final, old or TRIAGE, fresh or TRIAGE, example)
    return [categories, units, *_pair_changes(kinds[PairDecision], present, new)]


def _pair_changes(
    pairs: Sequence[PairDecision], present: Matcher, new: Matcher
) -> tuple[Change, Change]:
    suggestions, others = Change("suggestion"), Change("merge")
    before = verdict_list(compared(pairs, present), present.weights)
    after = verdict_list(compared(pairs, new), new.weights)
    for pair, old, fresh in zip(pairs, before, after, strict=True):
        example = {
            "case": pair.case,
            "text": f"{shortened(pair.first.telling)} / {shortened(pair.second.telling)}",
        }
        change = suggestions if pair.suggested else others
        change.add("merge" if pair.same else "open", old, fresh, example)
    return suggestions, others


def shortened(telling: Telling) -> str:
    """Return the beginning of a text in one line."""
    text = " ".join(f"{telling.title} {telling.content}".split())
    return text if len(text) <= SHOWN_LETTERS else f"{text[:SHOWN_LETTERS]}…"


def _name(leaf: str) -> str:
    return CATEGORIES[leaf].name if leaf in CATEGORIES else leaf or TRIAGE


def overruled_rules(decisions: Iterable[UnitDecision]) -> list[dict[str, Any]]:
    """Return the rules that people overrule most often, and the unit that they choose instead.

    Nothing is learnt of it: rules are written by people (`hub rules`).
    """
    by_rule: dict[tuple[str, str], Counter[str]] = {}
    for decision in decisions:
        if decision.first:
            key = (decision.rule, decision.first)
            by_rule.setdefault(key, Counter())[decision.unit] += 1
    rows = []
    for (rule, unit), finals in sorted(by_rule.items()):
        cases, kept = finals.total(), finals[unit]
        if cases >= FEWEST_OF_RULE and kept < OVERRULED * cases:
            instead, times = finals.most_common(1)[0]
            rows.append(
                {"rule": rule, "unit": unit, "cases": cases, "kept": kept, "instead": instead}
                | {"times": times}
            )
    return rows
