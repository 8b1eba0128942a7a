"""The views of certificates and burdens count each report and each task once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from hub.store.client import Store
from hub.store.json_rows import json_rows
from hub.store.registers import store_registers
from hub.store.staff_rows.tasks import ADMITTED_IN_YEAR, BY_ID, COLUMNS, row_of, task_of
from schemas.base import BEIJING
from schemas.cases.assignment import Tier
from schemas.reports.certificate import CertificateMention, CertificateUse
from schemas.topic import CASES, DISPOSITIONS, EVENTS
from schemas.town.lists import CertificateStatus, TaskKind
from schemas.town.patrol import Patrols
from schemas.town.task import WEIGHTS, Ruling, Task, TaskRequest
from streams.case.state import PartitionState
from streams.steps import event as receive
from tests.builders.stored import keep
from tests.builders.town import NOON, REGISTER, TOWN, event

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)


def task(title: str, **values: Any) -> Task:
    """Return a registered form of March for all villages, changed by `values`."""
    request = TaskRequest.model_validate(
        {
            "department": "U-C",
            "paper": "清城〔2026〕3号",
            "title": f"任务{title}",
            "kind": values.get("kind", TaskKind.FORM),
            "tier": Tier.VILLAGE,
            "handed_on": values.get("handed_on", date(2026, 3, 2)),
            "due_on": values.get("due_on"),
        }
    )
    return Task(
        task_id=request.task_id,
        request=request,
        receivers=values.get("receivers", 1),
        ruling=values.get("ruling", Ruling.ADMITTED),
        reason="在清单内",
        registered_by="小周",
        registered_at=NOW,
    )


def insert(store: Store, *tasks: Task, at: datetime = NOW) -> None:
    """Insert versions of tasks."""
    store.insert("tasks", COLUMNS, [row_of(each, at) for each in tasks])


def test_reports_about_certificates_are_counted_by_month_and_unit(store: Store) -> None:
    """A report that comes twice counts once; one with two certificates counts for each."""
    mentions = {
        "a": (("婚姻状况证明", CertificateUse.ASKS),),
        "b": (("婚姻状况证明", CertificateUse.COMPLAINS), ("居住证明", CertificateUse.ASKS)),
        "c": (),
    }
    state, reports, effects = PartitionState(), list[Any](), list[Any]()
    for name, listed in mentions.items():
        listed_as = tuple(
            CertificateMention(name=each, status=CertificateStatus.CANCELLED, use=use)
            for each, use in listed
        )
        report = event(name, content=f"诉求{name}", category="environment.garbage")
        report = report.model_copy(update={"certificates": listed_as})
        step = receive.step(state, report, REGISTER)
        state.apply(step)
        reports.append(report)
        effects.append(step)
    keep(store, EVENTS.name, *reports, reports[0])
    keep(store, CASES.name, *(entry for each in effects for entry in each.case_events))
    keep(store, DISPOSITIONS.name, *(each.disposition for each in effects))
    rows = store.rows(
        "SELECT toString(month), certificate, use, unit, reports, cases FROM certificate_reports"
        " ORDER BY certificate, use"
    )
    month = NOON.astimezone(BEIJING).date().replace(day=1).isoformat()
    assert rows == [
        (month, "婚姻状况证明", "asks", "U-V", 1, 1),
        (month, "婚姻状况证明", "complains", "U-V", 1, 1),
        (month, "居住证明", "asks", "U-V", 1, 1),
    ]


def test_a_task_is_read_as_it_was_stored(store: Store) -> None:
    """The newest version counts, with the decision of the county."""
    waits = task("检查", kind=TaskKind.INSPECTION, ruling=Ruling.TO_COUNTY, due_on=date(2026, 3, 9))
    later = NOW + timedelta(hours=1)
    decided = waits.model_copy(
        update={
            "ruling": Ruling.ADMITTED,
            "reason": "县里决定准入",
            "decided_by": "李县长",
            "decided_at": later,
        }
    )
    insert(store, waits)
    insert(store, decided, at=later)
    (row,) = json_rows(store, BY_ID, {"id": str(waits.task_id)})
    assert task_of(row) == decided


def test_burdens_add_up_by_month_department_and_kind(store: Store) -> None:
    """The index is the load of what was admitted, for each township and village."""
    store_registers(store, TOWN, Patrols((), (), (), ()), NOW)
    insert(
        store,
        task("甲", receivers=3),
        task("乙", kind=TaskKind.CAMPAIGN, receivers=2),
        task("丙", ruling=Ruling.REFUSED, receivers=9),
        task("丁", ruling=Ruling.TO_COUNTY, receivers=9),
        task("戊", handed_on=date(2026, 2, 28), receivers=1),
    )
    rows = store.rows(
        "SELECT kind, department_name, tasks, admitted, refused, waiting, receipts, load"
        " FROM burdens WHERE month = '2026-03-01' ORDER BY kind"
    )
    assert rows == [
        ("campaign", "城管局", 1, 1, 0, 0, 2, 6),
        ("form", "城管局", 3, 1, 1, 1, 3, 3),
    ]
    months = store.rows(
        "SELECT toString(month), tasks, load, burden_index FROM burdens_by_month ORDER BY month"
    )
    assert months == [("2026-02-01", 1, 1, 0.5), ("2026-03-01", 4, 9, 4.5)]


@pytest.mark.parametrize("kind", TaskKind)
def test_the_view_weighs_as_the_code_says(store: Store, kind: TaskKind) -> None:
    """The page shows the weights of the code; the view has a copy of them."""
    insert(store, task("甲", kind=kind, receivers=1))
    assert store.rows("SELECT load FROM burdens") == [(WEIGHTS[kind],)]


def test_admitted_tasks_of_a_year_count_against_the_limit(store: Store) -> None:
    """Those of another year, another kind, or refused ones do not."""
    insert(
        store,
        task("甲"),
        task("乙", handed_on=date(2026, 1, 1)),
        task("丙", handed_on=date(2025, 12, 31)),
        task("丁", ruling=Ruling.REFUSED),
        task("戊", kind=TaskKind.MEETING),
    )
    asked = {"department": "U-C", "kind": "form", "tier": "village", "year": 2026, "receiver": ""}
    assert json_rows(store, ADMITTED_IN_YEAR, asked) == [{"admitted": 2}]


def test_the_lists_are_registers_of_the_store(store: Store) -> None:
    """They are replaced at each start."""
    store_registers(store, TOWN, Patrols((), (), (), ()), NOW)
    assert store.rows("SELECT name, aliases, status FROM certificates ORDER BY status") == [
        ("婚姻状况证明", ["单身证明"], "cancelled"),
        ("居住证明", [], "kept"),
    ]
    assert store.rows("SELECT department, most FROM admissions") == [("bureau", 1)]
