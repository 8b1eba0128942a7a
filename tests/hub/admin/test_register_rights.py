"""Who may get a right to look into the register of people, and what the audit has of it."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from hub.accounts.permissions import register_right
from hub.accounts.session import Viewer
from hub.accounts.staff import Member, StaffRole, add_member, load_staff
from hub.admin.community.register_rights import give_right, right_fault, take_right
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.store.client import Store
from schemas.registers.person_class import CARED_FOR, PersonClass
from schemas.registers.right import RegisterRight
from tests.builders.town import TOWN
from tests.hub.admin.test_registers import while_served
from tests.hub.sql.served import with_ports

TODAY = date(2026, 11, 29)
LINES = "SELECT what, role, detail FROM audit ORDER BY at, link"


def right(area: str = "421299001", until: date = TODAY, **more: object) -> RegisterRight:
    """Return a right for one class."""
    fields = {"area": area, "until": until, "classes": (PersonClass.DISABLED,), **more}
    return RegisterRight.model_validate(fields)


@pytest.mark.parametrize(
    ("role", "unit", "chosen", "words"),
    [
        (StaffRole.AUDITOR, "", right(), "auditors check the looks"),
        (StaffRole.GRID_WORKER, "W1", right(), "on the phone"),
        (StaffRole.CITY, "", right(classes=()), "--class"),
        (StaffRole.CITY, "", right(until=TODAY - timedelta(days=1)), "--until"),
        (StaffRole.CITY, "", right(until=TODAY + timedelta(days=366)), "--until"),
        (StaffRole.CITY, "", right("421"), "no area"),
        (StaffRole.UNIT, "U-V", right("421299001"), "a right stays within it"),
        (StaffRole.TOWNSHIP, "U-T", right("421299"), "a right stays within it"),
        (StaffRole.TOWNSHIP, "U-GONE", right(), "no unit of units.csv"),
    ],
)
def test_a_right_fits_role_area_and_year(
    role: StaffRole, unit: str, chosen: RegisterRight, words: str
) -> None:
    """The message says what is wrong and what to do."""
    member = Member("某人", role, unit, "hash")
    assert words in right_fault(member, chosen, TOWN, TODAY)


@pytest.mark.parametrize(
    ("role", "unit", "area"),
    [
        (StaffRole.CITY, "", "421299"),
        (StaffRole.TOWNSHIP, "U-T", "G1"),
        (StaffRole.UNIT, "U-V", "421299001001"),
        (StaffRole.UNIT, "U-C", "421299"),
    ],
)
def test_a_right_within_the_own_area_is_given(role: StaffRole, unit: str, area: str) -> None:
    """Also for one grid of it."""
    assert right_fault(Member("某人", role, unit, "hash"), right(area), TOWN, TODAY) == ""


@pytest.fixture
def staffed(engine_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return settings with one member and the test's town."""
    monkeypatch.setattr("hub.admin.community.register_rights.load_town", lambda _: TOWN)
    settings = with_ports(engine_settings)
    add_member(settings, "主任", StaffRole.CITY, "", "")
    return settings


def test_each_change_of_a_right_is_in_the_audit(store: Store, staffed: Settings) -> None:
    """`cared` gives all cared-for classes; a new password keeps the right, a new role does not."""
    while_served(staffed, store, lambda: change_rights(staffed))
    lines = store.rows(LINES)
    assert [(what, role) for what, role, _ in lines] == [("register_right", "operator")] * 3
    assert "主任: 421299 until 2027-11-29" in lines[0][2]


def change_rights(staffed: Settings) -> None:
    """Give, take and give a right again, and look at the member after each step."""
    give_right(staffed, "主任", "421299", ["cared"], None, TODAY, residents=False)
    chosen = load_staff(staffed)["主任"].registers
    assert chosen
    assert len(chosen.classes) == 12
    assert all(name.startswith(CARED_FOR) for name in chosen.classes)
    add_member(staffed, "主任", StaffRole.CITY, "", "")
    assert load_staff(staffed)["主任"].registers == chosen
    take_right(staffed, "主任")
    assert load_staff(staffed)["主任"].registers is None
    give_right(staffed, "主任", "421299", ["cared"], None, TODAY, residents=False)
    add_member(staffed, "主任", StaffRole.TOWNSHIP, "U-T", "")
    assert load_staff(staffed)["主任"].registers is None


def test_without_the_store_no_right_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not in the audit is not done."""
    monkeypatch.setattr("hub.admin.community.register_rights.load_town", lambda _: TOWN)
    settings = Settings(data=tmp_path)
    add_member(settings, "主任", StaffRole.CITY, "", "")
    with pytest.raises(HubError, match="nothing was changed"):
        give_right(settings, "主任", "421299", ["cared"], None, TODAY, residents=False)
    assert load_staff(settings)["主任"].registers is None


@pytest.mark.parametrize(
    ("viewer", "has_right"),
    [
        (Viewer("主任", StaffRole.CITY), True),
        # A namesake at the identity provider.
        (Viewer("主任", StaffRole.CITY, issuer="https://login.example"), False),
        (Viewer("主任", StaffRole.TOWNSHIP, "U-T"), False),
        (Viewer("副主任", StaffRole.CITY), False),
        (Viewer(), False),
    ],
)
def test_a_right_is_of_one_login_of_the_hub(viewer: Viewer, *, has_right: bool) -> None:
    """Neither a namesake of another provider nor the same name in another office has it."""
    staff = {"主任": Member("主任", StaffRole.CITY, "", "hash", right())}
    assert (register_right(viewer, staff, TODAY) is not None) is has_right
    assert register_right(viewer, staff, TODAY + timedelta(days=1)) is None
