"""Folders that outsiders write to: links, pipes and folders in them do no harm."""

import os
import shutil
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from connectors.registry import load_connectors
from hub.intake.collectors.files import DropFolders
from hub.intake.collectors.mail import MailDir, drop_mail
from hub.intake.collectors.outside import NotPlainError, OutsideFolder, readable
from tests.builders.intake import Intake, with_intake
from tests.contract.samples import ROOT

SAMPLE = (ROOT / "transport_12328" / "ordinary.csv").read_bytes()
MAIL = (ROOT / "mayor_mailbox" / "ordinary.eml").read_bytes()
SECRET = "secret: 打不开\n"


async def rounds(drops: DropFolders, count: int = 3) -> int:
    """Run a number of rounds and return how many files were taken."""
    return sum([await drops.collect() for _ in range(count)])


def test_links_pipes_and_devices_are_set_aside(tmp_path: Path) -> None:
    """The target of a link is neither read nor moved; each is logged once; files are taken."""
    secret = tmp_path / "secrets.txt"
    secret.write_text(SECRET)

    async def talk(intake: Intake) -> None:
        drops = DropFolders(intake.source, load_connectors(), {})
        drops.make()
        folder = tmp_path / "drop" / "transport_12328"
        (folder / "a.csv").symlink_to(secret)
        (folder / "b.csv").symlink_to(tmp_path / "nowhere")
        (folder / "c").symlink_to(tmp_path, target_is_directory=True)
        os.mkfifo(folder / "d.csv")
        (folder / "e.csv").write_bytes(SAMPLE)
        with capture_logs() as logs:
            assert await rounds(drops) == 1
        assert [raw.body for raw in intake.kept] == [SAMPLE]
        assert secret.read_text() == SECRET
        aside = sorted(path.name for path in (folder / "rejected").iterdir())
        assert aside == ["a.csv", "b.csv", "c", "d.csv"]
        assert (folder / "rejected" / "a.csv").is_symlink()
        put_aside = [entry["detail"] for entry in logs if "put aside" in entry.get("detail", "")]
        assert len(put_aside) == 4
        assert all("put the file itself here" in state for state in put_aside)

    with_intake(tmp_path, talk, files_still=0)


def test_a_second_name_and_a_folder_are_left_and_logged_once(tmp_path: Path) -> None:
    """A hard link may be to another user's file: it is taken once it has only one name."""
    secret = tmp_path / "secrets.txt"
    secret.write_bytes(SAMPLE)

    async def talk(intake: Intake) -> None:
        drops = DropFolders(intake.source, load_connectors(), {})
        drops.make()
        folder = tmp_path / "drop" / "transport_12328"
        (folder / "a.csv").hardlink_to(secret)
        (folder / "sub").mkdir()
        (folder / "sub" / "b.csv").write_bytes(SAMPLE)
        with capture_logs() as logs:
            assert await rounds(drops) == 0
        assert sorted(Path(entry["item"]).name for entry in logs) == ["a.csv", "sub"]
        assert intake.kept == []
        secret.unlink()
        assert await rounds(drops) == 1

    with_intake(tmp_path, talk, files_still=0)


@pytest.mark.parametrize("name", ["done", "rejected"])
def test_nothing_is_put_away_through_a_link(tmp_path: Path, name: str) -> None:
    """The file is taken once and stays; nothing is written to the target of the link."""
    other = tmp_path / "other"
    other.mkdir()
    body = SAMPLE if name == "done" else b"nothing,of,ours\n"

    async def talk(intake: Intake) -> None:
        drops = DropFolders(intake.source, load_connectors(), {})
        drops.make()
        folder = tmp_path / "drop" / "transport_12328"
        shutil.rmtree(folder / name)
        (folder / name).symlink_to(other, target_is_directory=True)
        drops.make()
        (folder / "a.csv").write_bytes(body)
        with capture_logs() as logs:
            assert await rounds(drops, 5) == 1
        assert list(other.iterdir()) == []
        assert len(intake.kept) == 1
        assert (folder / "a.csv").exists()
        assert len([entry for entry in logs if "real folder" in entry.get("detail", "")]) == 1
        (folder / name).unlink()
        (folder / "a.csv").write_bytes(body + b"\n")
        assert await rounds(drops) == 1
        assert (folder / name / "a.csv").exists()

    with_intake(tmp_path, talk, files_still=0)


def test_a_channels_folder_that_is_a_link_is_not_read(tmp_path: Path) -> None:
    """The folders of the other channels are read."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.csv").write_bytes(SAMPLE)

    async def talk(intake: Intake) -> None:
        drops = DropFolders(intake.source, load_connectors(), {})
        drops.make()
        root = tmp_path / "drop"
        shutil.rmtree(root / "petition_letters")
        (root / "petition_letters").symlink_to(other, target_is_directory=True)
        (root / "transport_12328" / "b.csv").write_bytes(SAMPLE)
        assert await rounds(drops) == 1
        assert [raw.source for raw in intake.kept] == ["b.csv"]

    with_intake(tmp_path, talk, files_still=0)


def test_a_name_in_another_charset_stops_no_folder(tmp_path: Path) -> None:
    """Windows writes names in GB18030; the file is taken and moved by its bytes."""

    async def talk(intake: Intake) -> None:
        drops = DropFolders(intake.source, load_connectors(), {})
        drops.make()
        folder = tmp_path / "drop" / "transport_12328"
        name = os.fsdecode("工单.csv".encode("gb18030"))
        (folder / name).write_bytes(SAMPLE)
        assert await rounds(drops) == 1
        assert [raw.source for raw in intake.kept] == ["工单.csv"]
        assert (folder / "done" / name).exists()

    with_intake(tmp_path, talk, files_still=0)


def test_a_link_in_a_maildir_is_set_aside(tmp_path: Path) -> None:
    """The other mails are taken; a mail that is too large is set aside as well."""
    secret = tmp_path / "secrets.txt"
    secret.write_text(SECRET)

    async def talk(intake: Intake) -> None:
        maildir = MailDir(intake.source)
        (maildir.path / "new" / "0").symlink_to(secret)
        (maildir.path / "new" / "1").write_bytes(b"x" * 5000)
        (maildir.path / "new" / "2").hardlink_to(secret)
        drop_mail(maildir.path, MAIL)
        for _ in range(2):
            await maildir.collect()
        assert [raw.body for raw in intake.kept] == [MAIL]
        aside = sorted(path.name for path in (maildir.path / "rejected").iterdir())
        assert aside == ["0", "1"]
        assert (maildir.path / "new" / "2").exists()
        assert secret.read_text() == SECRET

    with_intake(tmp_path, talk, max_body=4000)


def test_a_file_that_was_changed_for_another_is_not_moved(tmp_path: Path) -> None:
    """A file that was not read is not put away as if it had been."""
    (tmp_path / "a").write_text("one")
    with OutsideFolder.open(tmp_path) as folder:
        body, mark = folder.read("a", 100)
        (tmp_path / "b").write_text("two")
        (tmp_path / "b").replace(tmp_path / "a")
        assert body == b"one"
        assert not folder.put_away("a", "done", mark)
        (tmp_path / "link").symlink_to("a")
        with pytest.raises(NotPlainError, match="symbolic link"):
            folder.read("link", 100)
    with pytest.raises(NotPlainError), OutsideFolder.open(tmp_path / "a"):
        pass
    assert readable(os.fsdecode(b"\xff")) == "�"
