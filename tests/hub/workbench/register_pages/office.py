"""A store with people of a register, and members with rights to look into it."""

from datetime import UTC, date, datetime, timedelta

from hub.accounts.staff import StaffRole, set_register_right
from hub.registers.catalogue import REGISTERS
from hub.registers.stored import EntrySealer
from hub.security.keyring import write_keys
from hub.security.sealing import Sealer
from hub.store.client import Store
from schemas.base import BEIJING
from schemas.registers.entry import Person, RegisterKind, Standing
from schemas.registers.person_class import PersonClass
from schemas.registers.right import RegisterRight
from tests.builders.register_files import id_number
from tests.builders.town import TOWN, VILLAGE
from tests.hub.workbench.site import Site

KEY = bytes(range(32))
SEALER = Sealer(KEY)
TODAY = datetime.now(UTC).astimezone(BEIJING).date()
CARED = (PersonClass.LIVES_ALONE, PersonClass.DISABLED)
ELSEWHERE = "421299002001"
PEOPLE = (
    (1, "G1", (PersonClass.LIVES_ALONE, PersonClass.DRUG_USE), "王小明"),
    (2, "G1", (PersonClass.DRUG_USE,), "李小红"),
    (3, "G2", (), "赵小刚"),
    (4, "G3", (PersonClass.LIVES_ALONE,), "孙小美"),
    (5, "G1", (PersonClass.LIVES_ALONE,), "周小天"),
)


def fill(store: Store) -> None:
    """Store the people: G3 is in another township; number 6 has died."""
    columns = ["code", "name", "division_code", "households"]
    rows = [[grid.code, grid.name, grid.division_code, 0] for grid in TOWN.grids]
    store.insert("grids", columns, [*rows, ["G3", "别处网格", ELSEWHERE, 0]])
    register = REGISTERS[RegisterKind.PEOPLE]
    sealer = EntrySealer(register, SEALER)
    lines = []
    for number, grid, classes, name in PEOPLE:
        person = Person(
            id_number=id_number(number),
            name=name,
            grid_code=grid,
            classes=classes,
            household=f"H{number}",
            address=f"东门社区{number}栋",
            phone="13800000000",
        )
        lines.append(sealer.row(person, ELSEWHERE if grid == "G3" else VILLAGE, 1))
    dead = Person(id_number=id_number(6), name="吴小明", standing=Standing.DEAD)
    store.insert("people", register.table_columns, [*lines, sealer.row(dead, "", 1)])


def code(number: int) -> str:
    """Return the code of the person `number`."""
    return EntrySealer(REGISTERS[RegisterKind.PEOPLE], SEALER).code_of(id_number(number))


async def enter(
    site: Site,
    *classes: PersonClass,
    area: str = "421299001",
    residents: bool = False,
    until: date = TODAY + timedelta(days=1),
    name: str = "主任",
    role: StaffRole = StaffRole.CITY,
    unit: str = "",
) -> None:
    """Log in a member, and give him a right; the site has the key."""
    write_keys(site.settings, (KEY,))
    await site.log_in(name, role, unit)
    right = RegisterRight(area=area, classes=classes, residents=residents, until=until)
    set_register_right(site.settings, name, right)


async def look(site: Site, number: int, status: int = 200, **fields: str) -> str:
    """Open a person by ID number; return the page."""
    sent = {"number": id_number(number), "purpose": "visit", **fields}
    answer = await site.send("/work/registers", **sent)
    text = await answer.text()
    assert answer.status == status, text
    assert answer.headers.get("Cache-Control") == "no-store" or status == 403
    return text
