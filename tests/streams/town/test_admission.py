"""Tasks from above are checked against the admission list."""

from datetime import date

import pytest

from schemas.cases.assignment import Tier
from schemas.town.lists import Admission, TaskKind
from schemas.town.task import Ruling, TaskRequest, paper_number
from streams.town.admission import check_request, fault_of, receivers_of
from streams.town.register import Register
from tests.builders.town import TOWN

LISTED = (
    Admission(department="bureau", kind=TaskKind.FORM, tier=Tier.VILLAGE, most=2, ground="第1项"),
    Admission(department="*", kind=TaskKind.MEETING, tier=Tier.TOWNSHIP),
)
REGISTER = Register.of(TOWN.model_copy(update={"admissions": LISTED}))
REQUEST = TaskRequest(
    department="U-C",
    paper="清城〔2026〕3号",
    title="市容台账",
    kind=TaskKind.FORM,
    tier=Tier.VILLAGE,
    handed_on=date(2026, 3, 2),
)


def changed(**values: object) -> TaskRequest:
    """Return the request with other values."""
    return TaskRequest.model_validate({**REQUEST.model_dump(), **values})


def test_a_task_on_the_list_is_admitted_until_its_times_are_used_up() -> None:
    """The reason names the line of the list, and the limit."""
    admitted, refused = (check_request(REQUEST, REGISTER, times) for times in (1, 2))
    assert (admitted.ruling, refused.ruling) == (Ruling.ADMITTED, Ruling.REFUSED)
    assert "第1项" in admitted.reason
    assert "上限2次" in refused.reason


def test_a_line_for_each_department_admits_any() -> None:
    """A line without a number of times has no limit."""
    request = changed(kind=TaskKind.MEETING, tier=Tier.TOWNSHIP)
    assert check_request(request, REGISTER, 500).ruling is Ruling.ADMITTED


@pytest.mark.parametrize(
    ("paper", "resources", "ruling", "word"),
    [
        ("清城〔2026〕3号", "经费2万元", Ruling.TO_COUNTY, "报县审核"),
        ("", "经费2万元", Ruling.REFUSED, "没有文号"),
        ("清城〔2026〕3号", "", Ruling.REFUSED, "没有随附的人员或经费"),
        ("", "", Ruling.REFUSED, "文号和随附的人员或经费"),
    ],
)
def test_a_task_off_the_list_needs_a_paper_and_resources_to_go_to_the_county(
    paper: str, resources: str, ruling: Ruling, word: str
) -> None:
    """Without them it is refused, and the reason says what is missing."""
    request = changed(kind=TaskKind.INSPECTION, paper=paper, resources=resources)
    checked = check_request(request, REGISTER, 0)
    assert checked.ruling is ruling
    assert word in checked.reason


def test_the_units_that_have_to_do_it_are_counted() -> None:
    """All of the tier, or the only one that the task names."""
    assert [unit.code for unit in receivers_of(REQUEST, REGISTER)] == ["U-V"]
    assert receivers_of(changed(receiver="U-T"), REGISTER) == ()


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"department": "U-V"}, "县级"),
        ({"department": "none"}, "县级"),
        ({"tier": Tier.GRID}, "乡镇"),
        ({"receiver": "U-T"}, "接收单位"),
        ({"due_on": date(2026, 3, 1)}, "期限"),
    ],
)
def test_a_wrong_request_has_a_reason(changes: dict[str, object], word: str) -> None:
    """Only a unit of the county hands down, to a township or village, with a deadline to come."""
    assert word in fault_of(changed(**changes), REGISTER)
    assert fault_of(REQUEST, REGISTER) == ""


@pytest.mark.parametrize(
    "text", ["清卫发[2026] 12 号", "清卫发（２０２６）12号", " 清卫发〔2026〕12号"]
)
def test_the_number_of_a_paper_has_one_spelling(text: str) -> None:
    """Brackets, blanks and full-width digits differ from clerk to clerk."""
    assert paper_number(text) == "清卫发〔2026〕12号"


def test_the_same_task_of_two_clerks_is_one_task() -> None:
    """Neither blanks in the title nor another day make a second task."""
    again = changed(title="市容 台账", handed_on=date(2026, 3, 3))
    assert again.task_id == REQUEST.task_id
    assert changed(kind=TaskKind.MEETING).task_id != REQUEST.task_id


def test_without_a_paper_the_day_tells_tasks_apart() -> None:
    """The same meeting every week has no number."""
    first, second = (changed(paper="", handed_on=date(2026, 3, day)) for day in (2, 9))
    assert first.task_id != second.task_id
