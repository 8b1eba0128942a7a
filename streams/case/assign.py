"""Assignment 精准交办: by the town's rules, to the lowest tier whose duty list has the category.

A case that no rule covers, or that two units claim, goes to triage 待研判 with a reason. A case
outside the town's area or competence is handed over 移送.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas.cases.assignment import Assignment, Tier
from schemas.cases.case import Case
from schemas.category import CATEGORIES, OTHER
from schemas.reports.demand import Part
from schemas.town.register import Unit
from schemas.town.rules import Rule, When
from streams.town.register import OUTSIDE, TIER_NAMES, TIER_ORDER, Register

Load = Callable[[str], int]
"""Code of a unit → number of its open cases."""


def no_load(_: str) -> int:
    """Return 0: all units are equally busy."""
    return 0


@dataclass(frozen=True, slots=True)
class Triage:
    """No unit was assigned, and why: a person decides (待研判)."""

    reason: str


def assign(case: Case, register: Register, load: Load = no_load) -> Assignment | Triage:
    """Return the unit of a case by the first rule that applies, or why a person must decide."""
    beyond = _out_of_area(case, register)
    if beyond is not None:
        return beyond
    for rule in register.rules.rules:
        if applies(rule.when, case):
            return _decided(rule, case, register, load)
    return Triage("没有规则适用于此事项")


def applies(when: When, case: Case) -> bool:
    """Whether all conditions of a rule hold."""
    text = f"{case.title} {case.content}"
    return (
        (not when.category or _in_categories(case.category, when.category))
        and (not when.words or any(word in text for word in when.words))
        and not any(word in text for word in when.without)
        and (not when.urgency or case.urgency in when.urgency)
        and (not when.area or case.division_code.startswith(when.area))
    )


def refuse_off_list(unit_code: str, case: Case, register: Register) -> str:
    """Return why the case must not be assigned to `unit_code`; empty if it may."""
    unit = register.unit(unit_code)
    if unit is None:
        return f"台账中没有单位{unit_code}" if unit_code else "请选择承办单位"
    if unit_code == register.rules.last_decider:
        return ""
    if unit.unit_type != OUTSIDE and register.responsibility_of(unit, case.category) is None:
        return f"{unit.name}的职责清单没有{_name(case.category)}（{case.category}）：主责之外不派"
    return ""


def serving_areas(case: Case) -> tuple[str, ...]:
    """Return grid, village, township and county of a case, as far as known."""
    code = case.division_code
    codes = (case.grid_code, code, code[:9], code[:6]) if code else ()
    return tuple(dict.fromkeys(part for part in codes if part))


def _in_categories(category: str, wanted: tuple[str, ...]) -> bool:
    return category in wanted or f"{category.partition('.')[0]}.*" in wanted


def _decided(rule: Rule, case: Case, register: Register, load: Load) -> Assignment | Triage:
    if rule.triage:
        return Triage(rule.reason)
    if rule.hand_over:
        return _handed_over(rule.hand_over, rule.id, rule.reason, register)
    unknown = _unknown(case)
    if unknown:
        return Triage(unknown)
    if rule.lead:
        return _joint(rule, case, register, load)
    return _lowest(rule, case, register, load)


def _unknown(case: Case) -> str:
    if not case.division_code:
        return "位置不明：没有网格、坐标、区划或地名"
    if not case.category or case.category == OTHER:
        unknown = "事项不明：渠道没有分类或与文字不符，文字也判断不出"
        return f"{unknown}{parts_reason(case.parts)}"
    return ""


def parts_reason(parts: Sequence[Part]) -> str:
    """Return the end of a reason that names the matters of a text; empty if there is only one."""
    if not parts:
        return ""
    names = "、".join(dict.fromkeys(CATEGORIES[part.category].name for part in parts))
    return f"；疑似一件多诉：{names}"


def _out_of_area(case: Case, register: Register) -> Assignment | None:
    """Return the hand-over of a case whose place lies outside the town."""
    code = register.rules.out_of_area
    if not code or not case.division_code or register.covers(case.division_code):
        return None
    return _handed_over(code, "out-of-area", f"{case.division_code}不在本辖区", register)


def _handed_over(code: str, rule: str, reason: str, register: Register) -> Assignment:
    unit = register.unit(code)
    name = unit.name if unit else code
    return Assignment(
        unit=code,
        tier=unit.tier if unit else Tier.COUNTY,
        rule=rule,
        rules_version=register.version,
        reason=f"{reason}，移送{name}",
        handed_over=True,
    )


def _lowest(rule: Rule, case: Case, register: Register, load: Load) -> Assignment | Triage:
    """Assign to the lowest tier that has the category as its own duty; name the tiers without."""
    claims: dict[Tier, list[Unit]] = {}
    for area in serving_areas(case):
        for unit in register.units_of(area):
            if _own(unit, case, register):
                claims.setdefault(unit.tier, []).append(unit)
    for index, tier in enumerate(TIER_ORDER):
        units = claims.get(tier, [])
        if not units:
            continue
        types = sorted({unit.unit_type for unit in units})
        if len(types) > 1:
            names = "、".join(unit.name for unit in units)
            return Triage(f"{names}的职责清单都有此事项，由人判定")
        reason = _reason(_least_busy(units, load), case, register, TIER_ORDER[:index])
        if len(units) > 1:
            reason += f"；{len(units)}家同类单位中在办最少"
        return _assignment(rule, _least_busy(units, load), case, register, reason)
    return Triage(_no_claim(case, register))


def _no_claim(case: Case, register: Register) -> str:
    """Return why no unit claims a case: no duty list has it, or its place is too coarse."""
    tiers = [tier for tier in TIER_ORDER if register.tier_owns(tier, case.category)]
    known = {unit.tier for area in serving_areas(case) for unit in register.units_of(area)}
    missing = [tier for tier in tiers if tier not in known]
    name = _name(case.category)
    if missing:
        settled = next(tier for tier in TIER_ORDER if tier in known) if known else Tier.COUNTY
        return (
            f"位置只明确到{TIER_NAMES[settled]}，{name}由{TIER_NAMES[missing[0]]}负责，须补充位置"
        )
    return f"没有单位的职责清单有{name}：主责之外不派{_last_decider(register)}"


def _last_decider(register: Register) -> str:
    """Return the end of a reason that offers the unit for what no duty list has; empty if none."""
    unit = register.unit(register.rules.last_decider)
    return f"；可交{unit.name}兜底" if unit else ""


def _joint(rule: Rule, case: Case, register: Register, load: Load) -> Assignment | Triage:
    """Assign to the leading unit type, with assisting units; the lead must have the duty."""
    leads = [unit for unit in _serving(case, register, rule.lead) if _own(unit, case, register)]
    if not leads:
        return Triage(f"{rule.lead}的职责清单没有{_name(case.category)}，不能牵头：主责之外不派")
    lead = _least_busy(leads, load)
    helping = [
        _least_busy(units, load)
        for units in (_serving(case, register, unit_type) for unit_type in rule.assist)
        if units
    ]
    names = "、".join(unit.name for unit in helping)
    reason = f"{rule.name}：{lead.name}牵头" + (f"，{names}协办" if names else "")
    assignment = _assignment(rule, lead, case, register, reason)
    return assignment.model_copy(update={"assisting": tuple(unit.code for unit in helping)})


def _serving(case: Case, register: Register, unit_type: str) -> list[Unit]:
    return [
        unit
        for area in serving_areas(case)
        for unit in register.units_of(area)
        if unit.unit_type == unit_type
    ]


def _own(unit: Unit, case: Case, register: Register) -> bool:
    line = register.responsibility_of(unit, case.category)
    return line is not None and line.duty == "own"


def _least_busy(units: list[Unit], load: Load) -> Unit:
    return min(units, key=lambda unit: (load(unit.code), unit.code))


def _name(category: str) -> str:
    return CATEGORIES[category].name if category in CATEGORIES else category


def _reason(unit: Unit, case: Case, register: Register, lower: tuple[Tier, ...]) -> str:
    where = register.area_name(unit.area)
    own_duty = f"{_name(case.category)}在{unit.name}职责清单内，负责范围{where}"
    if not lower:
        return own_duty
    return f"{'、'.join(TIER_NAMES[tier] for tier in lower)}职责清单无此事项，上报；{own_duty}"


def _assignment(rule: Rule, unit: Unit, case: Case, register: Register, reason: str) -> Assignment:
    return Assignment(
        unit=unit.code,
        tier=unit.tier,
        rule=f"{rule.id}/{unit.unit_type}/{case.category}",
        rules_version=register.version,
        reason=reason,
    )
