"""`hub registers` through the engine's process: load, versions, a look, a load that is killed."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from hub.admin.community.registers import in_chinese, list_versions, load_register, show_entry
from hub.admin.keys import count_sealed
from hub.cli.main import cli
from hub.registers.load import Terms
from hub.runtime.errors import HubError
from hub.security.keyring import make_sealer
from hub.settings import Settings
from hub.store.client import Store
from hub.store.engine_client import authorization
from schemas.registers.entry import RegisterKind
from tests.builders.register_files import PEOPLE, id_number, person, write_csv
from tests.hub.sql.served import engine_served, with_ports

GRID = "429999001001001"
"""A grid of the shipped town."""


@pytest.fixture
def settings(engine_settings: Settings) -> Settings:
    """Return the settings of the endpoint, with a key."""
    served = with_ports(engine_settings)
    make_sealer(served)
    return served


def while_served(settings: Settings, store: Store, work: Callable[[], None]) -> None:
    """Serve the engine's endpoint, and do the work of a command in a thread."""

    async def scenario() -> None:
        async with engine_served(settings, store):
            await asyncio.to_thread(work)

    asyncio.run(scenario())


def load(settings: Settings, path: Path, *rows: tuple[str, ...]) -> str:
    """Load people from a file with these rows."""
    file = write_csv(path / "people.csv", [PEOPLE, *rows])
    return load_register(settings, RegisterKind.PEOPLE, [file], Terms(), lambda _: None)


def test_a_load_and_a_look_are_in_the_audit(
    settings: Settings, store: Store, tmp_path: Path
) -> None:
    """Whoever opens an entry says what for; the audit has no personal data."""

    def work() -> None:
        sentence = load(settings, tmp_path, person(1, GRID, "独居老人", "在住", "13800000001"))
        assert sentence.startswith("people version 1 is in use: 1 entries, 1 added")
        shown = show_entry(settings, RegisterKind.PEOPLE, id_number(1), "核实独居老人走访情况")
        assert (shown["name"], shown["phone"]) == ("王1", "13800000001")
        assert shown["classes"] == ["cared.lives_alone"]
        assert "code" not in shown
        assert sum(count_sealed(settings).values()) == 1

    while_served(settings, store, work)
    lines = store.rows("SELECT what, detail FROM audit ORDER BY at, link")
    assert [what for what, _ in lines] == ["register_load", "register_look"]
    assert lines[1][1].endswith(": 核实独居老人走访情况")
    assert not any(id_number(1) in detail or "王1" in detail for _, detail in lines)


@pytest.mark.parametrize(
    ("typed", "purpose", "reason"),
    [
        (id_number(1), "....", "--purpose needs"),
        ("123", "核实走访情况", "this has 3"),
        (id_number(8), "核实走访情况", "no such entry"),
    ],
)
def test_a_look_without_purpose_or_person_is_refused(
    settings: Settings, store: Store, typed: str, purpose: str, reason: str
) -> None:
    """The sentence says what is missing."""

    def work() -> None:
        with pytest.raises(HubError, match=reason):
            show_entry(settings, RegisterKind.PEOPLE, typed, purpose)

    while_served(settings, store, work)


@pytest.mark.parametrize(("moment", "sent"), [("filling", 3), ("before_use", 5)])
def test_a_killed_load_leaves_the_former_version(
    settings: Settings, store: Store, tmp_path: Path, moment: str, sent: int
) -> None:
    """SIGKILL between rows or after all: readers see the former version, the next load works."""

    def work() -> None:
        load(settings, tmp_path, person(1, GRID))
        rows = [person(each, GRID) for each in range(2, 7)]
        file = write_csv(tmp_path / "next.csv", [PEOPLE, *rows])
        variables = {"HUB_DATA": str(settings.data), "HUB_STORE_PORT": str(settings.store_port)}
        killed = subprocess.run(
            [sys.executable, "-m", "tests.hub.admin.killed_load", file, moment],
            env={**os.environ, **variables},
            check=False,
        )
        assert killed.returncode == -signal.SIGKILL
        assert store.rows("SELECT count() FROM people FINAL") == [(1,)]
        assert store.rows("SELECT count() FROM people_next FINAL") == [(sent,)]
        load(settings, tmp_path, person(2, GRID))
        assert store.rows("SELECT count() FROM people FINAL") == [(1,)]
        assert store.rows("EXISTS TABLE people_next") == [(0,)]
        newest, former = list_versions(settings, "people", 10)
        assert (newest["version"], newest["in_use"]) == (2, True)
        assert (former["version"], former["in_use"]) == (1, False)
        shown = in_chinese([newest, former])
        assert [row["在用"] for row in shown] == ["是", "否"]
        assert (shown[0]["台账"], shown[0]["方式"]) == ("人口", "全量")
        assert shown[0]["文件"].endswith(".csv")

    while_served(settings, store, work)


def test_a_store_that_is_away_is_a_sentence(
    settings: Settings, store: Store, tmp_path: Path
) -> None:
    """It says that the former version stays, and what to do."""
    assert store.rows("SELECT 1") == [(1,)]
    with pytest.raises(HubError, match=r"former version stays in use.*hub up"):
        load(settings, tmp_path, person(1, GRID))


def test_the_engine_takes_known_steps_only(settings: Settings, store: Store) -> None:
    """Other registers, steps and bodies are refused, and nothing is created."""

    async def scenario() -> None:
        url = f"http://127.0.0.1:{settings.store_port}"
        async with engine_served(settings, store), aiohttp.ClientSession() as session:
            for path, body, status in (
                ("/registers/audit/stage", {"keep": False}, 404),
                ("/registers/people/truncate", {}, 404),
                ("/registers/people/stage", {"keep": False, "sql": "x"}, 400),
                ("/registers/people/fill", {"rows": 1}, 500),
                ("/registers/people/publish", {"who": "x"}, 400),
            ):
                headers = authorization(settings)
                async with session.post(url + path, json=body, headers=headers) as answer:
                    assert answer.status == status, await answer.text()

    asyncio.run(scenario())
    assert store.rows("EXISTS TABLE people_next") == [(0,)]


def test_a_template_can_be_checked_at_once(tmp_path: Path) -> None:
    """Its example row is left out with a note; without other rows there is nothing to load."""
    runner, path = CliRunner(), tmp_path / "people.xlsx"
    assert runner.invoke(cli, ["registers", "template", "people", str(path)]).exit_code == 0
    assert load_workbook(path).active["A1"].value == "身份证号"
    checked = runner.invoke(cli, ["registers", "check", "people", str(path)])
    assert checked.exit_code == 1
    assert "example row" in checked.output
    assert "0 rows are good, 0 have faults" in checked.output
    again = runner.invoke(cli, ["registers", "template", "people", str(path)])
    assert "is there already" in again.output


def test_check_lists_every_fault_and_loads_nothing(tmp_path: Path) -> None:
    """It needs no running hub; exit code 1 for faults, 0 without."""
    file = write_csv(tmp_path / "p.csv", [PEOPLE, *(("王", "1", GRID) for _ in range(60))])
    checked = CliRunner().invoke(cli, ["registers", "check", "people", str(file)])
    assert checked.exit_code == 1
    assert checked.output.count("fault: ") == 60
    assert f"{file}, line 61: 身份证号" in checked.output
    good = write_csv(tmp_path / "g.csv", [PEOPLE, person(1, GRID)])
    assert CliRunner().invoke(cli, ["registers", "check", "people", str(good)]).exit_code == 0
