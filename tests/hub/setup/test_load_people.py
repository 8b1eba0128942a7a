"""A list of people is added as a whole, and no drawn password is lost."""

import csv
import stat
from pathlib import Path

import pytest

from hub.accounts.staff import add_member, load_staff, verify
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.setup import people
from hub.setup.people import load_people

HEADER = "姓名,角色,单位代码\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings with an empty data folder."""
    return Settings(data=tmp_path / "data")


def table(tmp_path: Path, rows: str) -> Path:
    """Return a table of people."""
    path = tmp_path / "staff.csv"
    path.write_text(HEADER + rows, "utf-8")
    return path


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (f"{'李' * 65},全域,", "1 to 64"),
        ("李,市长,", "is none of"),
        ("李,乡镇街道,429999-00", "is no township"),
        ("李,单位,", "needs the code"),
        ("+李,全域,", "formula"),
        ('"李\x07",全域,', "control characters"),
    ],
)
def test_a_faulty_row_adds_nobody(
    settings: Settings, tmp_path: Path, row: str, message: str
) -> None:
    """Every row is checked before the first member is added or a password is written."""
    with pytest.raises(HubError, match=message):
        load_people(settings, table(tmp_path, f"王,全域,\n{row}\n"), tmp_path / "p.csv")
    assert load_staff(settings) == {}
    assert not (tmp_path / "p.csv").exists()


def test_the_passwords_are_kept_before_anybody_is_added(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If adding fails halfway, the private file has the password of whoever was added."""
    added: list[str] = []

    def add_one(settings: Settings, name: str, *about: str) -> None:
        if added:
            raise HubError("the disk is full")
        added.append(name)
        add_member(settings, name, *about)

    monkeypatch.setattr(people, "add_member", add_one)
    path = tmp_path / "p.csv"
    with pytest.raises(HubError, match="disk is full"):
        load_people(settings, table(tmp_path, "王,全域,\n李,审计,\n"), path)
    passwords = dict(csv.reader(path.read_text("utf-8-sig").splitlines()))
    assert verify(load_staff(settings), "王", passwords["王"])
    assert all(word.isalnum() and word.isascii() for word in list(passwords.values())[1:])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(HubError, match="there already"):
        load_people(settings, table(tmp_path, "李,审计,\n"), path)
