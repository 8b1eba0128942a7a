"""What may happen to a project, in which order, and why something is refused."""

from datetime import date, timedelta

import pytest

from hub.numbered.change import ChangeRefusedError
from hub.numbered.code import read_code, shown_code
from hub.projects.changes import add_evidence, add_money, cancel_money, finish_stage, register, stop
from hub.projects.code import project_code
from schemas.numbered import Paper
from schemas.projects.fold import ProjectState
from schemas.projects.money import MoneySource
from schemas.projects.project import STAGES, Stage
from tests.builders.town import NOON
from tests.hub.projects.built import DETAILS, SHOWN, advanced, change, folded, registered

PAPER = Paper(photo=SHOWN, is_public=True)


def test_a_project_passes_through_every_stage_and_is_finished() -> None:
    """Each stage has its days, and its papers stay with it."""
    records = advanced(Stage.PUBLICATION)
    records.append(finish_stage(folded(records), change(records), papers=(PAPER,)))
    project = folded(records)
    assert project.state is ProjectState.FINISHED
    assert [span.stage for span in project.spans] == list(STAGES)
    assert all(span.papers and span.left_at for span in project.spans)
    assert project.contractor == "恒达公司"


def test_no_stage_can_be_left_out() -> None:
    """A form that names a later stage than the next is refused, and says which comes next."""
    records = registered()
    with pytest.raises(ChangeRefusedError, match="提议之后是议定，阶段不能跳过"):
        finish_stage(folded(records), change(records), papers=(PAPER,), to=Stage.CONSTRUCTION)


def test_a_stage_needs_a_paper_or_a_picture() -> None:
    """Without one it is refused; one that was added before counts."""
    records = registered()
    with pytest.raises(ChangeRefusedError, match="提议阶段还没有材料"):
        finish_stage(folded(records), change(records))
    records.append(add_evidence(folded(records), change(records), (PAPER,), "照片"))
    records.append(finish_stage(folded(records), change(records)))
    assert folded(records).present.stage is Stage.AGREED
    assert folded(records).spans[0].papers == (PAPER,)


def test_the_selection_ends_with_a_contractor() -> None:
    """A person's name is masked; without any name the stage does not end."""
    records = advanced(Stage.SELECTION)
    with pytest.raises(ChangeRefusedError, match="施工方"):
        finish_stage(folded(records), change(records), papers=(PAPER,))
    records.append(
        finish_stage(
            folded(records),
            change(records),
            papers=(PAPER,),
            contractor="张建国",
            contractor_is_person=True,
        )
    )
    assert folded(records).contractor == "张**"


def test_whoever_has_not_seen_the_last_record_is_refused() -> None:
    """Two people who act on one page cannot both move the project."""
    records = registered()
    late = change(records)
    records.append(finish_stage(folded(records), change(records), papers=(PAPER,)))
    with pytest.raises(ChangeRefusedError, match="别人登记了新的情况"):
        finish_stage(folded(records), late, papers=(PAPER,))


def test_of_two_records_with_one_number_the_earlier_counts() -> None:
    """The order in which they are read makes no difference."""
    records = registered()
    first = add_money(folded(records), change(records), MoneySource.SUBSIDY, "100")
    second = add_money(folded(records), change(records, 2), MoneySource.SUBSIDY, "900")
    for order in ([*records, first, second], [second, first, *records]):
        assert [item.money.amount for item in folded(order).money] == ["100.00"]


def test_a_stage_is_due_and_overdue_from_the_day_after() -> None:
    """The day is in Beijing; a finished or stopped project is never overdue."""
    records = [register(DETAILS, "小周", NOON, due=date(2026, 3, 10))]
    project = folded(records)
    assert project.days_late(NOON + timedelta(days=8)) == 0
    assert project.days_late(NOON + timedelta(days=11)) == 3
    records.append(stop(project, change(records, 20), "村民代表会议没有通过"))
    assert folded(records).days_late(NOON + timedelta(days=40)) == 0


def test_a_day_far_away_is_a_slip() -> None:
    """A new stage cannot be due before it begins; a project may be registered overdue."""
    records = registered()
    for day in (date(2026, 3, 1), date(2062, 3, 1)):
        with pytest.raises(ChangeRefusedError, match="期限"):
            finish_stage(folded(records), change(records), papers=(PAPER,), due=day)
    overdue = folded([register(DETAILS, "小周", NOON, due=date(2026, 2, 1))])
    assert overdue.days_late(NOON) == 29


def test_a_donor_who_wants_no_name_has_none_anywhere() -> None:
    """The record has no trace of him: neither a name nor a note."""
    records = registered()
    project = folded(records)
    with pytest.raises(ChangeRefusedError, match="不愿具名"):
        add_money(
            project, change(records), MoneySource.DONATION, "5000", donor="张建国", anonymous=True
        )
    with pytest.raises(ChangeRefusedError, match="不写说明"):
        add_money(
            project, change(records), MoneySource.DONATION, "5000", anonymous=True, note="老张"
        )
    record = add_money(project, change(records), MoneySource.DONATION, "5000", anonymous=True)
    assert record.money is not None
    assert (record.money.donor, record.money.shown_donor, record.note) == ("", "匿名", "")


def test_a_donation_has_a_donor_and_a_persons_name_is_masked() -> None:
    """An organisation is named in full, as on the board of donors."""
    records = registered()
    project, later = folded(records), change(records)
    with pytest.raises(ChangeRefusedError, match="请填写捐赠人"):
        add_money(project, later, MoneySource.DONATION, "5000")
    person = add_money(
        project, later, MoneySource.DONATION, "5000", donor="张建国", donor_is_person=True
    )
    office = add_money(project, later, MoneySource.DONATION, "2万元", donor="清河县商会")
    assert person.money is not None
    assert office.money is not None
    assert person.money.donor == "张**"
    assert (office.money.donor, office.money.amount) == ("清河县商会", "20000.00")


def test_a_person_is_masked_without_a_tick_too() -> None:
    """A list has no tick, and a clerk forgets it; what was published cannot be taken back."""
    details = registered()[0].details
    assert details is not None
    records = [register(details, "小周", NOON, stage=Stage.CONSTRUCTION, contractor="李建国")]
    records.append(
        add_money(
            folded(records), change(records), MoneySource.DONATION, "5000", donor="张三、李四"
        )
    )
    project = folded(records)
    assert (project.contractor, project.money[0].money.donor) == ("李**", "张*、李*")


def test_an_amount_that_was_a_mistake_is_taken_back_once() -> None:
    """It stays in the records, with the reason, and no longer counts."""
    records = registered()
    records.append(add_money(folded(records), change(records), MoneySource.SUBSIDY, "30000"))
    seq = records[-1].seq
    records.append(cancel_money(folded(records), change(records), seq, "金额录错"))
    assert folded(records).money == ()
    assert str(folded(records).raised) == "0.00"
    with pytest.raises(ChangeRefusedError, match="没有这笔资金"):
        cancel_money(folded(records), change(records), seq, "再来一次")


def test_what_has_ended_takes_no_more_stages() -> None:
    """A finished project still takes its subsidy; a stopped one takes nothing."""
    records = advanced(Stage.PUBLICATION)
    records.append(finish_stage(folded(records), change(records), papers=(PAPER,)))
    with pytest.raises(ChangeRefusedError, match="已完成"):
        finish_stage(folded(records), change(records), papers=(PAPER,))
    paid = add_money(folded(records), change(records), MoneySource.SUBSIDY, "1")
    assert paid.seq == records[-1].seq + 1
    stopped = registered()
    stopped.append(stop(folded(stopped), change(stopped), "资金没有落实"))
    with pytest.raises(ChangeRefusedError, match="已终止"):
        add_money(folded(stopped), change(stopped), MoneySource.SUBSIDY, "1")


def test_personal_data_in_texts_is_masked_before_it_is_recorded() -> None:
    """A telephone number in the summary or in a note is on no topic."""
    details = DETAILS.model_copy(update={"summary": "联系人电话13871550001"})
    records = registered(details)
    records.append(
        finish_stage(
            folded(records), change(records), papers=(PAPER,), note="李主任电话13871550002"
        )
    )
    text = "".join(record.model_dump_json() for record in records)
    assert "13871550001" not in text
    assert "13871550002" not in text
    assert "138****0001" in text


def test_a_code_is_of_the_place_and_its_number() -> None:
    """The same project has the same code, which can be read aloud and typed."""
    code = project_code(DETAILS.division_code, "2026-03")
    assert code == registered()[0].code
    assert code != project_code(DETAILS.division_code, "2026-04")
    assert read_code(shown_code(code).lower()) == code
    assert not read_code("7K3M")
