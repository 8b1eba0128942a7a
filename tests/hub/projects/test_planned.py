"""The plan of a project's money: by source, beside what has come in, never more than the budget."""

from decimal import Decimal

import pytest

from hub.projects.changes import ChangeRefusedError, add_money, plan_money, register, stop
from hub.store.client import Store
from schemas.projects.fold import Funding
from schemas.projects.money import MoneySource, PlannedMoney
from schemas.projects.record import ProjectRecord
from schemas.topic import PROJECTS
from tests.builders.stored import keep
from tests.builders.town import NOON
from tests.hub.projects.built import DETAILS, change, folded, registered

BUDGET, COLLECTIVE, DONATION = MoneySource.BUDGET, MoneySource.COLLECTIVE, MoneySource.DONATION
FUNDING = """
SELECT source, planned, raised FROM project_funding ORDER BY source"""


def planned(records: list[ProjectRecord], **amounts: str) -> ProjectRecord:
    """Return the record of a plan."""
    named = {MoneySource(source): amount for source, amount in amounts.items()}
    return plan_money(folded(records), change(records), named)


def test_a_plan_replaces_the_one_before() -> None:
    """Empty amounts and zeros plan nothing; ten thousands are read as in all amounts."""
    records = registered()
    records.append(planned(records, budget="8万元", collective="", donation="0"))
    assert [item.source for item in folded(records).planned] == [BUDGET]
    records.append(planned(records, collective="20000"))
    assert folded(records).planned == (PlannedMoney(source=COLLECTIVE, amount="20000.00"),)
    records.append(planned(records, collective=""))
    assert folded(records).planned == ()


def test_each_source_has_its_plan_beside_what_came_in() -> None:
    """A source that nobody has planned is there too, when it has given."""
    records = registered()
    records.append(planned(records, budget="80000", collective="20000"))
    project = folded(records)
    records.append(add_money(project, change(records), COLLECTIVE, "5000"))
    records.append(add_money(folded(records), change(records), DONATION, "300", anonymous=True))
    assert folded(records).funding == (
        Funding(DONATION, Decimal("0.00"), Decimal("300.00")),
        Funding(BUDGET, Decimal("80000.00"), Decimal("0.00")),
        Funding(COLLECTIVE, Decimal("20000.00"), Decimal("5000.00")),
    )


@pytest.mark.parametrize(
    ("amounts", "reason"),
    [
        ({"budget": "100000", "collective": "20000.01"}, "超过预算"),
        ({"budget": "约八万"}, "财政资金：“约八万”不是金额"),
        ({"budget": "-5"}, "不是金额"),
        ({"budget": " ", "other": ""}, "至少填写一项"),
    ],
)
def test_a_plan_is_refused_with_the_reason(amounts: dict[str, str], reason: str) -> None:
    """More than the budget, or no amounts."""
    with pytest.raises(ChangeRefusedError, match=reason):
        planned(registered(), **amounts)


def test_a_stopped_project_is_not_planned_any_more() -> None:
    """Nor is one that somebody else has changed meanwhile."""
    records = registered()
    behind = change(records)
    records.append(stop(folded(records), behind, "资金没有落实"))
    for late in (behind, change(records)):
        with pytest.raises(ChangeRefusedError):
            plan_money(folded(records), late, {BUDGET: "5"})


def test_a_list_may_not_plan_more_than_its_budget() -> None:
    """The rule of the form holds for registrations too."""
    much = (PlannedMoney(source=BUDGET, amount="120000.01"),)
    with pytest.raises(ChangeRefusedError, match="超过预算"):
        register(DETAILS, "小周", NOON, planned=much)


def test_the_view_has_the_last_plan_and_what_came_in(store: Store) -> None:
    """A cancelled amount does not count; the plan of the registration holds until another one."""
    plan = (PlannedMoney(source=BUDGET, amount="80000.00"),)
    records = [register(DETAILS, "小周", NOON, planned=plan)]
    records.append(add_money(folded(records), change(records), DONATION, "300", anonymous=True))
    keep(store, PROJECTS.name, *records)
    amounts = [("budget", Decimal(80000), Decimal(0)), ("donation", Decimal(0), Decimal(300))]
    assert store.rows(FUNDING) == amounts
    records.append(planned(records, budget="70000", collective="9000"))
    keep(store, PROJECTS.name, records[-1])
    amounts = [
        ("budget", Decimal(70000), Decimal(0)),
        ("collective", Decimal(9000), Decimal(0)),
        ("donation", Decimal(0), Decimal(300)),
    ]
    assert store.rows(FUNDING) == amounts
