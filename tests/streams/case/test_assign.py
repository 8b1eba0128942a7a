"""Assignment of a case to a unit, with its reason."""

from dataclasses import replace

import pytest

from schemas.cases.assignment import Assignment, Tier
from schemas.cases.case import Case
from schemas.reports.demand import Part
from schemas.town.register import Responsibility, Unit
from schemas.town.rules import LOWEST, Rule, RulesBundle, RuleSet, When
from streams.case.assign import Triage, assign, refuse_off_list
from streams.case.entries import open_case
from streams.town.register import Register
from tests.builders.town import NOON, TOWN, event

COURT = Unit(code="X", name="法院", tier=Tier.COUNTY, area="421299", unit_type="outside")
BUREAU = Unit(code="B", name="应急局", tier=Tier.COUNTY, area="421299", unit_type="应急局")
TEAMS = tuple(
    Unit(code=f"T{n}", name=f"{n}中队", tier=Tier.TOWNSHIP, area="421299001", unit_type="team")
    for n in (1, 2)
)
DUTIES = (
    *TOWN.duties,
    Responsibility(unit_type="team", category="order.*"),
    Responsibility(unit_type="应急局", category="safety.*"),
)
RULES = RuleSet(
    out_of_area="X",
    rules=(
        Rule(id="courts", name="涉诉", when=When(words=("判决",)), hand_over="X", reason="依法"),
        Rule(
            id="joint",
            name="险情",
            when=When(category=("safety.*",)),
            lead="应急局",
            assist=("team", "urban"),
        ),
        Rule(id="off", name="牵头无责", when=When(category=("dispute.land",)), lead="urban"),
        LOWEST,
    ),
)
REGISTER = Register.of(
    TOWN.model_copy(
        update={"units": (*TOWN.units, COURT, BUREAU, *TEAMS), "duties": DUTIES, "rules": RULES}
    )
)


def case(category: str, **more: str) -> Case:
    """Return a case just opened."""
    return open_case(event("a", category=category, **more), (), {}).case  # type: ignore[arg-type]


def assignment(decided: Assignment | Triage) -> Assignment:
    """Check that the result is an assignment and return it."""
    assert isinstance(decided, Assignment), decided
    return decided


def test_a_case_goes_up_to_the_lowest_tier_with_the_duty() -> None:
    """A case off the lists of the lower tiers goes up, with the reason."""
    decided = assignment(assign(case("facility.streetlight"), REGISTER))
    assert (decided.unit, decided.tier) == ("U-T", Tier.TOWNSHIP)
    assert "网格、村（社区）职责清单无此事项，上报" in decided.reason
    assert decided.rule == "lowest-tier/urban/facility.streetlight"
    assert decided.rules_version == "test-1"


def test_the_least_busy_of_equal_teams_is_assigned() -> None:
    """Two teams of one type; a tie goes to the lower code."""
    busy = {"T1": 3, "T2": 1}
    assert assignment(assign(case("order.pets"), REGISTER, busy.__getitem__)).unit == "T2"
    assert assignment(assign(case("order.pets"), REGISTER)).unit == "T1"


def test_a_choice_between_unequal_units_is_left_to_a_person() -> None:
    """A choice between a team and an office is left to a person."""
    duties = (*DUTIES, Responsibility(unit_type="urban", category="order.pets"))
    both = Register.of(REGISTER.town.model_copy(update={"duties": duties}))
    decided = assign(case("order.pets"), both)
    assert isinstance(decided, Triage)
    assert "由人判定" in decided.reason


def test_a_joint_case_has_a_lead_and_those_that_assist() -> None:
    """A joint case has a lead 牵头 and assistants 协办; of equal units the least busy assists."""
    decided = assignment(assign(case("safety.hazard"), REGISTER))
    assert (decided.unit, decided.assisting) == ("B", ("T1", "U-T"))
    assert "牵头" in decided.reason


def test_a_lead_without_the_duty_is_not_assigned() -> None:
    """A rule cannot assign a case off a unit's duty list (主责之外不派)."""
    decided = assign(case("dispute.land"), REGISTER)
    assert isinstance(decided, Triage)
    assert "主责之外不派" in decided.reason


def test_a_case_out_of_competence_or_area_is_handed_over() -> None:
    """A case out of competence or area is handed over 移送 with the reason."""
    court = assignment(assign(case("facility.road", content="不服判决"), REGISTER))
    assert (court.unit, court.handed_over) == ("X", True)
    far = case("facility.road").model_copy(update={"division_code": "110101001001"})
    assert assignment(assign(far, REGISTER)).rule == "out-of-area"


@pytest.mark.parametrize(
    ("unassigned", "reason"),
    [
        (case("facility.road", grid=""), "位置不明"),
        (case("", content="来人"), "事项不明"),
        (case("labour.wages"), "主责之外不派"),
        (
            case("environment.garbage").model_copy(
                update={"grid_code": "", "division_code": "421299001000"}
            ),
            "须补充位置",
        ),
    ],
)
def test_a_case_that_no_unit_can_take_waits_with_a_reason(unassigned: Case, reason: str) -> None:
    """A case that no unit can take goes to triage 待研判 with a reason."""
    decided = assign(unassigned, REGISTER)
    assert isinstance(decided, Triage)
    assert reason in decided.reason


def test_other_rules_take_effect_as_a_whole() -> None:
    """Units, duties, rules and version change together; grids and names stay."""
    bundle = RulesBundle(
        version="v2",
        issued_at=NOON,
        units=TEAMS,
        duties=(Responsibility(unit_type="team", category="facility.*"),),
        rules=RuleSet(),
    )
    changed = REGISTER.with_rules(bundle)
    decided = assignment(assign(case("facility.streetlight"), changed))
    assert (decided.unit, decided.rules_version) == ("T1", "v2")
    assert changed.grid("G1") == REGISTER.grid("G1")
    assert replace(changed) == changed


def test_several_matters_are_named_to_the_dispatcher() -> None:
    """The first entry names them, and so does the reason of a triage without a category."""
    parts = (
        Part(category="facility.streetlight", confidence=0.9, begin=0, end=20),
        Part(category="environment.air", confidence=0.9, begin=20, end=40),
    )
    several = event("1", category="").model_copy(update={"parts": parts})
    entry = open_case(several, (), {})
    decided = assign(entry.case, Register.of(TOWN))
    assert entry.reason == "立案；疑似一件多诉：路灯、大气油烟"
    assert isinstance(decided, Triage)
    assert decided.reason.endswith("；疑似一件多诉：路灯、大气油烟")


def test_what_no_duty_list_has_may_go_to_the_last_decider() -> None:
    """兜底单位: triage offers it, and a dispatcher may assign to it, to no other unit."""
    rules = RULES.model_copy(update={"last_decider": "B"})
    register = Register.of(REGISTER.town.model_copy(update={"rules": rules}))
    nobody = case("governance.conduct")
    decided = assign(nobody, register)
    assert isinstance(decided, Triage)
    assert decided.reason.endswith("主责之外不派；可交应急局兜底")
    assert refuse_off_list("B", nobody, register) == ""
    assert "主责之外不派" in refuse_off_list("T1", nobody, register)
    assert "主责之外不派" in refuse_off_list("B", nobody, REGISTER)
