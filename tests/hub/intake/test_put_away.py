"""Files and mails that were read are deleted after a time."""

import os
import stat
import time
from pathlib import Path

from connectors.registry import load_connectors
from hub.intake.collectors.files import CHANNELS, DropFolders
from hub.intake.collectors.mail import MailDir, drop_mail
from hub.intake.collectors.put_away import DAY_SECONDS, forget_files
from hub.settings import Settings
from tests.builders.intake import Intake, with_intake
from tests.contract.samples import ROOT

CSV = (ROOT / "transport_12328" / "ordinary.csv").read_bytes()
BROKEN = (ROOT / "transport_12328" / "broken_header.csv").read_bytes()
MAIL = (ROOT / "mayor_mailbox" / "ordinary.eml").read_bytes()


def test_read_files_are_deleted_after_their_retention(tmp_path: Path) -> None:
    """The retention counts from the day of receipt, not from the date that the sender set."""

    async def talk(intake: Intake) -> None:
        drops = DropFolders(intake.source, load_connectors(), {})
        drops.make()
        folder, maildir = tmp_path / "drop" / "transport_12328", MailDir(intake.source)
        (folder / "a.csv").write_bytes(CSV)
        (folder / "b.csv").write_bytes(BROKEN)
        for name in ("a.csv", "b.csv"):
            os.utime(folder / name, (0, 0))
        drop_mail(maildir.path, MAIL)
        await drops.collect()
        await drops.collect()
        await maildir.collect()
        (folder / "waits.csv.part").write_bytes(CSV)
        now = time.time()
        assert forget_files(intake.settings, now + 29 * DAY_SECONDS) == 0
        assert (folder / "done" / "a.csv").exists()
        never = intake.settings.model_copy(update={"keep_files": 0})
        assert forget_files(never, now + 999 * DAY_SECONDS) == 0
        assert forget_files(intake.settings, now + 31 * DAY_SECONDS) == 3
        left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
        assert left & {"a.csv", "b.csv", "waits.csv.part"} == {"waits.csv.part"}
        assert list((maildir.path / "cur").iterdir()) == []
        assert [raw.body for raw in intake.kept] == [CSV, BROKEN, MAIL]

    with_intake(tmp_path, talk, files_still=0)


def test_read_files_are_private_to_the_hub(tmp_path: Path) -> None:
    """Folders that an older version made readable for all become private."""
    for channel in CHANNELS:
        for name in ("done", "rejected"):
            (tmp_path / "drop" / channel / name).mkdir(parents=True, mode=0o755)

    async def talk(intake: Intake) -> None:
        DropFolders(intake.source, {}, {}).make()

    with_intake(tmp_path, talk, files_still=0)
    modes = {
        stat.S_IMODE((tmp_path / "drop" / channel / name).stat().st_mode)
        for channel in CHANNELS
        for name in ("done", "rejected")
    }
    assert modes == {0o700}


def test_without_folders_there_is_nothing_to_delete(tmp_path: Path) -> None:
    """An intake without dropped files can still run the deletion."""
    assert forget_files(Settings(data=tmp_path), time.time()) == 0
