"""A load is whole or not at all: versions, changes, refused files, and what is stored."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from hub.registers.catalogue import REGISTERS
from hub.registers.check import Finding, Severity
from hub.registers.error import RegisterError
from hub.registers.grids import KnownGrids
from hub.registers.load import Loaded, RegisterLoad, Terms
from hub.registers.rows import inspect
from hub.registers.stored import MATCH_KIND, EntrySealer
from hub.registers.tables import COMMENT, Difference, RegisterTables, Way
from hub.security.sealing import Sealer
from hub.sql.roles import HIDDEN, SHOWN
from hub.store.client import Store
from schemas.registers.entry import RegisterKind
from tests.builders.register_files import (
    DWELLINGS,
    FIRMS,
    HOUSEHOLDS,
    PEOPLE,
    PREMISES,
    firm_code,
    id_number,
    person,
    write_csv,
)
from tests.builders.town import TOWN, VILLAGE

NOW = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
SEALER = Sealer(bytes(32))
CHANGES = Terms(way=Way.CHANGES)
Rows = list[tuple[str, ...]]
HEADERS = {
    RegisterKind.PEOPLE: (*PEOPLE, "户编号"),
    RegisterKind.FIRMS: FIRMS,
    RegisterKind.PREMISES: PREMISES,
    RegisterKind.DWELLINGS: DWELLINGS,
    RegisterKind.HOUSEHOLDS: HOUSEHOLDS,
}


class Office:
    """Loads files into the registers of a store, as an office does."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store, self._folder = store, folder
        self.findings: list[Finding] = []
        self.before_use: Callable[[Difference], None] = lambda _: None

    def load(
        self, rows: Rows, terms: Terms | None = None, kind: RegisterKind = RegisterKind.PEOPLE
    ) -> Loaded:
        """Load rows with their header from one file."""
        header = HEADERS[kind]
        source = inspect(write_csv(self._folder / f"{kind}.csv", [header, *rows]))
        load = RegisterLoad(
            REGISTERS[kind],
            RegisterTables(self._store),
            EntrySealer(REGISTERS[kind], SEALER),
            KnownGrids(TOWN),
            self.findings.append,
        )
        return load.run([source], terms or Terms(), "li", lambda: NOW, self.before_use)

    def people(self) -> dict[str, tuple[Any, ...]]:
        """Return grid, standing and sealed text of the people, by the hash of the ID number."""
        rows = self._store.rows("SELECT code, grid_code, standing, sealed FROM people FINAL")
        return {code: (grid, standing, sealed) for code, grid, standing, sealed in rows}

    def grids(self) -> dict[int, str]:
        """Return the grid of each of the first ten people who count."""
        numbers = {SEALER.match_key(MATCH_KIND, id_number(each)): each for each in range(10)}
        return {
            numbers[code]: grid
            for code, (grid, standing, _) in self.people().items()
            if standing == "current"
        }

    def version_in_use(self) -> str:
        """Return the number of the version of the people."""
        ((number,),) = self._store.rows(COMMENT, {"name": "people"})
        return str(number)


@pytest.fixture
def office(store: Store, tmp_path: Path) -> Office:
    """Return an office whose registers are empty."""
    for kind in RegisterKind:
        store.command(f"ALTER TABLE {kind} MODIFY COMMENT ''")
    return Office(store, tmp_path)


def test_a_full_load_replaces_the_register(store: Store, office: Office) -> None:
    """Entries that its files lack are removed; the line of the version counts the difference."""
    assert office.load([person(1), person(2), person(3)]).version == 1
    loaded = office.load([person(1), person(2, "G2"), person(4)])
    assert office.grids() == {1: "G1", 2: "G2", 4: "G1"}
    assert loaded.difference == Difference(before=3, after=3, added=1, changed=1, removed=1)
    assert office.version_in_use() == "2"
    lines = store.named("SELECT * FROM register_versions ORDER BY version")
    assert [(line["version"], line["entries"], line["way"]) for line in lines] == [
        (1, 3, "full"),
        (2, 3, "full"),
    ]
    assert lines[1]["files"] == ["people.csv"]
    assert len(lines[1]["digests"][0]) == 64
    assert (lines[1]["who"], lines[1]["at"]) == ("li", NOW)


def test_a_load_of_changes_keeps_the_others(office: Office) -> None:
    """People move, die and are born; whoever is not in the file stays as he was."""
    office.load([person(1), person(2), person(3)])
    moved, dead = person(1, "G2"), person(2, "", "", "死亡")
    loaded = office.load([moved, dead, person(5)], CHANGES)
    assert office.grids() == {1: "G2", 3: "G1", 5: "G1"}
    assert loaded.difference == Difference(before=3, after=4, added=1, changed=2, removed=0)
    again = office.load([person(2)], CHANGES)
    assert again.difference == Difference(before=4, after=4, added=0, changed=1, removed=0)
    assert 2 in office.grids()


def test_of_one_who_left_no_personal_data_stays(office: Office) -> None:
    """The hash tells the next load that he is known; name, address and classes are gone."""
    office.load([person(1, "G1", "独居老人")])
    office.load([person(1, "", "独居老人", "死亡")], CHANGES)
    assert list(office.people().values()) == [("", "dead", "")]


def test_one_bad_row_keeps_the_former_version(store: Store, office: Office) -> None:
    """The message names file and line, and says what to do."""
    office.load([person(1)])
    bad = ("王二", "123", "G1")
    with pytest.raises(RegisterError, match=r"people\.csv, line 3: .*this has 3") as refused:
        office.load([person(1, "G2"), bad])
    assert "nothing was loaded" in str(refused.value)
    assert "--leave-out-bad" in str(refused.value)
    assert office.grids() == {1: "G1"}
    assert office.version_in_use() == "1"
    assert store.rows("EXISTS TABLE people_next") == [(0,)]


def test_good_rows_are_loaded_beside_bad_ones_if_asked(store: Store, office: Office) -> None:
    """Each bad row is reported, and the version counts them."""
    loaded = office.load([person(1), ("王二", "123", "G1")], Terms(leaves_out_bad=True))
    assert loaded.faults == 1
    assert [finding.severity for finding in office.findings] == [Severity.FAULT]
    assert office.grids() == {1: "G1"}
    assert store.rows("SELECT refused FROM register_versions") == [(1,)]


def test_a_part_of_a_register_does_not_replace_it(office: Office) -> None:
    """One sheet of several, loaded as the whole register, would remove most of it."""
    office.load([person(each) for each in range(10)])
    with pytest.raises(RegisterError, match="9 of 10 entries are not in the files"):
        office.load([person(1)])
    assert len(office.grids()) == 10
    office.load([person(1)], Terms(may_remove=True))
    assert office.grids() == {1: "G1"}


def test_files_without_rows_change_nothing(office: Office) -> None:
    """An empty export is not an empty register."""
    office.load([person(1)])
    with pytest.raises(RegisterError, match="no row to load"):
        office.load([])
    assert office.grids() == {1: "G1"}


def test_what_is_not_in_the_audit_is_not_loaded(office: Office) -> None:
    """If the line about the load cannot be written, the former version stays."""
    office.load([person(1)])

    def refuse(_: Difference) -> None:
        raise RegisterError("no audit")

    office.before_use = refuse
    with pytest.raises(RegisterError, match="no audit"):
        office.load([person(1, "G2")])
    assert office.grids() == {1: "G1"}


def test_rows_of_a_load_that_was_killed_are_not_taken_up(store: Store, office: Office) -> None:
    """Its table stays beside the register until the next load, which starts anew."""
    office.load([person(1)])
    tables = RegisterTables(store)
    tables.stage(RegisterKind.PEOPLE, keep=False)
    sealer = EntrySealer(REGISTERS[RegisterKind.PEOPLE], SEALER)
    entry = REGISTERS[RegisterKind.PEOPLE].model.model_validate(
        {"id_number": id_number(9), "name": "王九", "grid_code": "G2"}
    )
    tables.fill(RegisterKind.PEOPLE, json.dumps(sealer.row(entry, VILLAGE, 1)).encode())
    assert office.grids() == {1: "G1"}
    office.load([person(2)], CHANGES)
    assert office.grids() == {1: "G1", 2: "G1"}


def test_the_store_has_no_personal_data_in_clear(store: Store, office: Office) -> None:
    """Name, ID number and phone are sealed; the hash is none that events have."""
    office.load([("王小明", id_number(1), "G1", "残疾人", "在住", "13800000001")])
    ((row,),) = [store.rows("SELECT toString(tuple(*)) FROM people")]
    assert not any(word in row[0] for word in ("王小明", id_number(1), "13800000001"))
    ((code, (_, _, sealed)),) = office.people().items()
    assert code != SEALER.match_key("id", id_number(1))
    opened = EntrySealer(REGISTERS[RegisterKind.PEOPLE], SEALER).open(code, sealed)
    assert opened == {"id_number": id_number(1), "name": "王小明", "phone": "13800000001"}


def test_staff_cannot_select_people(store: Store) -> None:
    """They see counts; of firms and premises they see all but the sealed contact."""
    assert "people" not in SHOWN
    assert {"grid_numbers", "people_by_class", "firms", "premises"} <= SHOWN
    assert HIDDEN["firms"] == HIDDEN["premises"] == ("sealed",)
    columns = "SELECT name FROM system.columns WHERE table IN ('grid_numbers', 'people_by_class')"
    assert not {"code", "sealed", "household"} & {name for (name,) in store.rows(columns)}


def test_firms_and_premises_are_loaded(store: Store, office: Office) -> None:
    """Their names are public; the contact is sealed."""
    office.load([(firm_code(1), "甲店", "G1", "王某", "138")], kind=RegisterKind.FIRMS)
    office.load([("P1", "一小", "G2", "学校", "114.9", "30")], kind=RegisterKind.PREMISES)
    assert store.rows("SELECT code, name, division_code FROM firms") == [
        (firm_code(1), "甲店", VILLAGE)
    ]
    assert store.rows("SELECT name, kind, lon, lat, sealed FROM premises") == [
        ("一小", "学校", 114.9, 30.0, "")
    ]
    ((sealed,),) = store.rows("SELECT sealed FROM firms")
    assert "王某" not in sealed


def grids_of_town(store: Store) -> None:
    """Fill the table of the grids, as the process of the store does."""
    store.insert(
        "grids",
        ["code", "name", "division_code", "households"],
        [[grid.code, grid.name, grid.division_code, 0] for grid in TOWN.grids],
    )


def test_each_grid_has_its_numbers(store: Store, office: Office) -> None:
    """一格一档: those who left do not count; a grid without entries has zeros."""
    grids_of_town(store)
    office.load(
        [
            person(1, "G1", "独居老人|残疾人"),
            person(2, "G1", "刑满释放人员"),
            person(3, "G1", "残疾人", "迁出"),
        ]
    )
    office.load([(firm_code(1), "甲店", "G1", "", "")], kind=RegisterKind.FIRMS)
    columns = "grid_code, people, cared_for, key_persons, firms, premises, open_cases"
    assert store.rows(f"SELECT {columns} FROM grid_numbers ORDER BY grid_code") == [
        ("G1", 2, 1, 1, 1, 0, 0),
        ("G2", 0, 0, 0, 0, 0, 0),
    ]
    assert store.rows("SELECT class, people FROM people_by_class ORDER BY class") == [
        ("cared.disabled", 1),
        ("cared.lives_alone", 1),
        ("key.released", 1),
    ]


def test_dwellings_households_and_institutions_are_counted(store: Store, office: Office) -> None:
    """群租 is rented; households are those of their register once it is loaded."""
    grids_of_town(store)
    office.load([person(1, "G1", "", "", "", "H1"), person(2, "G1", "", "", "", "H1")])
    numbers = "SELECT dwellings, rented, registered_households FROM grid_numbers ORDER BY grid_code"
    assert store.rows(numbers) == [(0, 0, 1), (0, 0, 0)]
    dwellings = [
        ("F1", "G1", "幸福小区3号楼1单元101室", "出租", "张三"),
        ("F2", "G1", "幸福小区3号楼1单元102室", "群租", "李四"),
        ("F3", "G1", "幸福小区3号楼1单元201室", "空置", ""),
        ("F4", "G2", "阳光新城5栋", "", ""),
    ]
    office.load(dwellings, kind=RegisterKind.DWELLINGS)
    households = [("H1", "G1", "F1", "王一"), ("H2", "G1", "F2", "李二"), ("H3", "G2", "", "")]
    office.load(households, kind=RegisterKind.HOUSEHOLDS)
    assert store.rows(numbers) == [(3, 2, 2), (1, 0, 1)]
    assert store.rows("SELECT kind, dwellings FROM dwellings_by_kind ORDER BY kind") == [
        ("", 1),
        ("rented", 1),
        ("shared", 1),
        ("vacant", 1),
    ]
    sizes = "SELECT grid_code, members, households FROM households_by_size ORDER BY ALL"
    assert store.rows(sizes) == [("G1", 0, 1), ("G1", 2, 1), ("G2", 0, 1)]
    ((row,),) = store.rows("SELECT toString(groupArray(tuple(*))) FROM registered_households")
    assert "王一" not in row
    church = ("D2143569-X", "某教堂", "G1", "", "")
    office.load([(firm_code(1), "甲店", "G1", "", ""), church], kind=RegisterKind.FIRMS)
    counts = "SELECT firms, institutions FROM grid_numbers ORDER BY grid_code"
    assert store.rows(counts) == [(1, 1), (0, 0)]
    assert store.rows("SELECT kind FROM firms ORDER BY code") == [("个体工商户",), ("其他机构",)]


def test_staff_see_no_dwelling_and_no_household(store: Store) -> None:
    """A list of empty flats or of people who live alone is for nobody; counts are shown."""
    assert not {"dwellings", "registered_households"} & SHOWN
    assert {"dwellings_by_kind", "households_by_size"} <= SHOWN
    assert store.rows("SELECT count() FROM dwellings_by_kind") == [(0,)]


def test_a_household_that_its_register_lacks_is_one_note(office: Office) -> None:
    """For all people together, with examples; before that register is loaded, nothing is said."""
    rows = [
        person(1, "G1", "", "", "", "H1"),
        person(2, "G1", "", "", "", "H8"),
        person(3, "G1", "", "", "", "H9"),
        person(4, "G1", "", "", "", "H9"),
    ]
    assert office.load(rows).notes == 0
    households = [("H1", "G1", "F1", "王一")]
    assert office.load(households, kind=RegisterKind.HOUSEHOLDS).notes == 0
    loaded = office.load(rows)
    assert loaded.notes == 1
    assert str(office.findings[-1]) == (
        "note: people: 2 codes in 户编号 are not in the register registered_households"
        " (3 entries), such as H8、H9"
    )
    office.load([("F2", "G1", "幸福小区3栋", "", "")], kind=RegisterKind.DWELLINGS)
    assert office.load(households, kind=RegisterKind.HOUSEHOLDS).notes == 1
    assert "such as F1" in str(office.findings[-1])


@pytest.mark.parametrize(
    "line",
    [
        ["a", "G1", "d", "h", [], "current", None, "s"],
        ["a", "G1", "d", "h", [], "current", None, "s", 1, 2],
        [None, "G1", "d", "h", [], "current", None, "s", 1],
        ["a", "G1", "d", "h", [], "current", "yesterday", "s", 1],
        "DROP TABLE people",
    ],
)
def test_rows_of_another_shape_are_refused_as_a_whole(store: Store, line: object) -> None:
    """The store takes no line of a portion of which one is wrong."""
    tables = RegisterTables(store)
    tables.stage(RegisterKind.PEOPLE, keep=False)
    good = ["b", "G1", "d", "h", ["key.youth"], "current", "2026-01-02", "s", 1]
    lines = "\n".join(map(json.dumps, (good, line)))
    with pytest.raises(DatabaseError):
        tables.fill(RegisterKind.PEOPLE, lines.encode())
    assert store.rows("SELECT count() FROM people_next") == [(0,)]
    tables.fill(RegisterKind.PEOPLE, json.dumps(good).encode())
    assert store.rows("SELECT count() FROM people_next") == [(1,)]


def test_a_load_of_many_portions_has_every_row(
    store: Store, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are sent in portions, in their order, while the next ones are checked."""
    monkeypatch.setattr("hub.registers.load.MOST_BYTES", 1_000)
    loaded = office.load([person(each) for each in range(200)])
    assert loaded.difference.after == 200
    assert store.rows("SELECT uniqExact(ordinal), max(ordinal) FROM people") == [(200, 200)]


def test_a_store_that_fails_in_the_middle_ends_the_load(
    store: Store, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error of a portion that was sent beside the check is not lost."""
    office.load([person(1)])
    monkeypatch.setattr("hub.registers.load.MOST_BYTES", 1_000)
    fill, sent = RegisterTables.fill, []

    def failing(tables: RegisterTables, kind: RegisterKind, lines: bytes) -> None:
        sent.append(lines)
        if len(sent) == 3:
            raise DatabaseError("no space left")
        fill(tables, kind, lines)

    monkeypatch.setattr(RegisterTables, "fill", failing)
    with pytest.raises(DatabaseError, match="no space left"):
        office.load([person(each) for each in range(200)])
    assert len(sent) == 3
    assert office.grids() == {1: "G1"}
    assert store.rows("EXISTS TABLE people_next") == [(0,)]
