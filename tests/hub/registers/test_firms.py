"""The firm of a report is found in the register: when, in which reports, and what stays."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from hub.registers.firms import resolver as resolver_module
from hub.registers.firms.keys_table import KeysTable, basis_of
from hub.registers.firms.resolver import FirmResolver
from hub.store.client import Store
from hub.store.staff_rows.firm_choices import COLUMNS
from schemas.channel import Channel
from schemas.reports.event import UnifiedEvent
from schemas.topic import EVENTS
from tests.builders.firms import (
    NOW,
    RegisteredFirm,
    forget_firms,
    load_firms,
    look_for_firms,
    received,
)
from tests.builders.register_files import firm_code
from tests.builders.stored import keep
from tests.builders.town import event
from tests.hub.workbench.search.test_search import fill

WANG = RegisteredFirm(1, "云溪县老王烧烤店", address="人民路12号")
HONGFA = RegisteredFirm(2, "云溪县宏发建筑工程有限公司", grid="G2")


@pytest.fixture(autouse=True)
def _no_register(store: Store) -> Iterator[None]:
    forget_firms(store)
    yield
    forget_firms(store)


def complaint(native_id: str, name: str, **more: object) -> UnifiedEvent:
    """Return a complaint of 12315 about a firm."""
    fields = {
        "channel": Channel.CONSUMER_12315,
        "object_name": name,
        "content": f"{name}{native_id}",
    }
    return event(native_id, **{**fields, **more})  # type: ignore[arg-type]


def verdicts(store: Store) -> dict[str, tuple[str, str]]:
    """Return verdict and code of each report, by the name as written."""
    rows = store.rows("SELECT written, verdict, code FROM event_firms FINAL")
    return {written: (verdict, code) for written, verdict, code in rows}


def test_a_firm_is_found_though_written_otherwise(store: Store) -> None:
    """The complaints name a signboard and a short name; a third names nobody of the register."""
    load_firms(store, WANG, HONGFA)
    fill(
        store, complaint("a", "老王燒烤"), complaint("b", "宏发建筑公司"), complaint("c", "海底捞")
    )
    look_for_firms(store)
    assert verdicts(store) == {
        "老王燒烤": ("match", WANG.code),
        "宏发建筑公司": ("match", HONGFA.code),
        "海底捞": ("none", ""),
    }


def test_the_employer_of_a_12333_report_is_found(store: Store) -> None:
    """Its object is the employer."""
    load_firms(store, HONGFA)
    fill(store, complaint("a", "宏发建筑工程有限公司", channel=Channel.LABOUR_12333))
    look_for_firms(store)
    assert verdicts(store) == {"宏发建筑工程有限公司": ("match", HONGFA.code)}


def test_equal_evidence_is_a_choice(store: Store) -> None:
    """Two shops have one name and are in one grid: nothing is guessed."""
    load_firms(store, WANG, RegisteredFirm(3, "云溪县老王烧烤店"))
    fill(store, complaint("a", "老王烧烤"))
    look_for_firms(store)
    ((verdict, code, offered),) = store.rows("SELECT verdict, code, offered FROM event_firms FINAL")
    assert (verdict, code) == ("unsure", "")
    assert sorted(offered) == [WANG.code, firm_code(3)]


def test_a_credit_code_is_enough(store: Store) -> None:
    """The report has no name, or one of nobody."""
    load_firms(store, WANG)
    document = complaint("a", "某店").model_copy(update={"native": {"credit_code": WANG.code}})
    fill(store, document)
    look_for_firms(store)
    assert verdicts(store) == {"某店": ("match", WANG.code)}


def test_confidential_reports_and_people_are_not_looked_for(store: Store) -> None:
    """Neither who is accused in confidence nor a masked name is joined with the register."""
    load_firms(store, WANG)
    fill(
        store,
        complaint("a", "老王烧烤", confidential=True),
        complaint("b", "王*", channel=Channel.PETITION_LETTERS),
    )
    look_for_firms(store)
    assert verdicts(store) == {}


def test_the_object_of_a_report_on_a_public_page_is_no_firm(store: Store) -> None:
    """It is the title of the project or topic, which may name a firm of the register."""
    load_firms(store, WANG)
    named = {"channel": Channel.MANUAL_ENTRY, "deliberation": "7K3M9P2QX4"}
    fill(store, complaint("a", "老王烧烤店").model_copy(update=named))
    look_for_firms(store)
    assert verdicts(store) == {}


def test_a_new_register_decides_anew_and_a_choice_stays(store: Store) -> None:
    """The firm was not registered at first; what a member chose counts all the same."""
    load_firms(store, HONGFA)
    fill(store, complaint("a", "老王烧烤"), complaint("b", "宏发建筑公司"))
    resolver = look_for_firms(store)
    assert verdicts(store)["老王烧烤"] == ("none", "")
    ((event_id,),) = store.rows("SELECT event_id FROM events WHERE native_id = 'b'")
    store.insert("firm_choices", COLUMNS, [[event_id, "", "", WANG.code, "李", NOW]])
    load_firms(store, WANG, HONGFA, version=2)
    look_for_firms(store, resolver)
    assert verdicts(store)["老王烧烤"] == ("match", WANG.code)
    rows = store.rows("SELECT written, firm, is_chosen FROM firm_reports ORDER BY written")
    assert rows == [("宏发建筑公司", WANG.code, 1), ("老王烧烤", WANG.code, 0)]


def test_a_report_waits_for_its_case(store: Store) -> None:
    """The report is stored before the worker has decided about it."""
    load_firms(store, WANG)
    document = complaint("a", "老王烧烤")
    keep(store, EVENTS.name, document)
    resolver = look_for_firms(store)
    assert verdicts(store) == {}
    fill(store, document)
    look_for_firms(store, resolver)
    assert verdicts(store) == {"老王烧烤": ("match", WANG.code)}


def test_no_report_is_decided_twice(store: Store) -> None:
    """A second process, or a restart, finds nothing to do."""
    load_firms(store, WANG)
    fill(store, complaint("a", "老王烧烤"), complaint("b", "王老五"))
    look_for_firms(store)
    look_for_firms(store)
    assert store.rows("SELECT count() FROM event_firms") == [(2,)]


def test_many_reports_are_decided_in_portions(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reports with one time of receipt are not passed over at the end of a portion."""
    monkeypatch.setattr(resolver_module, "AT_ONCE", 2)
    load_firms(store, WANG)
    fill(store, *(complaint(f"n{number}", f"老王烧烤{number}号桌") for number in range(5)))
    look_for_firms(store)
    assert len(verdicts(store)) == 5


def test_a_killed_filling_begins_anew(store: Store) -> None:
    """A half of the keys is never in use."""
    load_firms(store, WANG)
    KeysTable(store, basis_of(store)).fill()
    table = KeysTable(store, basis_of(store))
    assert not table.is_current()
    while table.fill():
        pass
    assert table.is_current()
    ((codes, keys),) = store.rows(
        "SELECT groupUniqArray(code), uniqExact(key) = count() FROM firm_keys"
    )
    assert (codes, keys) == ([WANG.code], 1)


def test_without_a_register_nothing_happens(store: Store) -> None:
    """Most cities begin without one."""
    fill(store, complaint("a", "老王烧烤"))
    assert FirmResolver(store).step(NOW) == 0
    assert verdicts(store) == {}


def test_firms_complained_of_counts_reports_and_cases(store: Store) -> None:
    """A closed firm counts too; a correction is no other report; older than a year is too old."""
    load_firms(store, WANG._replace(standing="left"))
    fill(
        store,
        received(complaint("a", "老王烧烤"), 2),
        received(complaint("b", "老王烧烤店"), 1),
        received(complaint("c", "老王烤肉"), 380),
        received(complaint("b", "老王烧烤", revision="2"), 1),
    )
    look_for_firms(store, now=datetime.now(UTC))
    rows = store.rows("SELECT firm_name, standing, reports, channels FROM firms_complained_of")
    assert rows == [("云溪县老王烧烤店", "left", 2, ["consumer_12315"])]
