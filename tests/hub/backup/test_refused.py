"""What a backup or a restore refuses before it deletes or omits anything, and what it says."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hub.backup.folders_in_use import remember_folders
from hub.backup.manifest import MANIFEST, TOWN, BackupError
from hub.backup.restore import restore_backup
from hub.backup.take import take_backup
from hub.cli.main import cli
from hub.runtime.paths import DataPaths
from hub.settings import Settings
from tests.hub.backup.contents import contents


def run(data: Path, *words: str, **variables: str) -> Result:
    """Run the command line with a data folder."""
    return CliRunner().invoke(cli, words, env={"HUB_DATA": str(data), **variables})


@pytest.mark.parametrize("text", [None, "", "\n"], ids=["missing", "empty", "blank"])
def test_a_backup_without_the_keys_is_refused(data: Path, tmp_path: Path, text: str | None) -> None:
    """The sentence names the key file; nothing is made."""
    key = DataPaths(data).seal_key
    key.unlink()
    if text is not None:
        key.write_text(text)
    with pytest.raises(BackupError, match=r"no keys in .*seal\.key.*--without-key"):
        take_backup(Settings(data=data), tmp_path / "backup")
    with pytest.raises(BackupError, match=r"no keys in .*other\.key"):
        take_backup(Settings(data=data, key_file=tmp_path / "other.key"), tmp_path / "backup")
    assert {path.name for path in tmp_path.iterdir()} == {"data"}
    assert not take_backup(Settings(data=data), tmp_path / "backup", with_key=False).has_key


def test_a_hub_that_has_received_nothing_needs_no_keys(tmp_path: Path) -> None:
    """The backup says that it has none."""
    (tmp_path / "data").mkdir()
    assert not take_backup(Settings(data=tmp_path / "data"), tmp_path / "backup").has_key


def test_the_command_says_what_the_backup_has(data: Path, tmp_path: Path) -> None:
    """A forgotten HUB_TOWN is seen at once."""
    shipped = run(data, "backup", str(tmp_path / "first"))
    assert "town: shipped, not copied (HUB_TOWN is not set); " in shipped.output
    assert shipped.output.endswith("; keys: yes\n")
    town = tmp_path / "town"
    town.mkdir()
    (town / "areas.csv").write_text("code,name,parent\n")
    words = ("backup", str(tmp_path / "second"), "--without-key")
    own = run(data, *words, HUB_TOWN=str(town), HUB_MODELS=str(tmp_path / "none"))
    assert f"town: {town}; models: none in {tmp_path / 'none'}; keys: no\n" in own.output


def test_a_town_without_files_is_refused(data: Path, tmp_path: Path) -> None:
    """A misspelt HUB_TOWN does not make a backup without the city."""
    with pytest.raises(BackupError, match="set HUB_TOWN"):
        take_backup(Settings(data=data, town=tmp_path / "twon"), tmp_path / "backup")


def test_a_backup_with_other_folders_than_the_hub_is_refused(data: Path, tmp_path: Path) -> None:
    """Only the service knows HUB_TOWN: the backup would leave out the city."""
    town = tmp_path / "town"
    town.mkdir()
    (town / "areas.csv").touch()
    remember_folders(Settings(data=data, town=town))
    with pytest.raises(BackupError, match="set HUB_TOWN as the hub has it"):
        take_backup(Settings(data=data), tmp_path / "backup")
    assert take_backup(Settings(data=data, town=town), tmp_path / "backup").has(TOWN)
    shutil.rmtree(town)
    take_backup(Settings(data=data), tmp_path / "second")


def test_a_backup_never_goes_into_a_folder_that_it_copies(data: Path, tmp_path: Path) -> None:
    """It would copy itself."""
    town = tmp_path / "town"
    town.mkdir()
    (town / "areas.csv").touch()
    with pytest.raises(BackupError, match="inside the folder of HUB_TOWN"):
        take_backup(Settings(data=data, town=town), town / "backup")


@pytest.mark.parametrize("below", ["x", "data", "."])
def test_a_restore_into_the_backup_is_refused(data: Path, tmp_path: Path, below: str) -> None:
    """The backup stays as it was, and can be restored elsewhere."""
    backup = tmp_path / "backup"
    take_backup(Settings(data=data), backup)
    before = contents(backup)
    with pytest.raises(BackupError, match="inside the backup"):
        restore_backup(Settings(data=backup / below), backup)
    assert contents(backup) == before
    restore_backup(Settings(data=tmp_path / "fresh"), backup)


def test_a_restore_from_inside_the_data_folder_is_refused(data: Path, tmp_path: Path) -> None:
    """Also where the data folder has nothing else, and by way of a link."""
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    take_backup(Settings(data=data), fresh / "restore.unfinished")
    (tmp_path / "link").symlink_to(fresh / "restore.unfinished")
    for backup in (fresh / "restore.unfinished", tmp_path / "link"):
        with pytest.raises(BackupError, match="inside the data folder"):
            restore_backup(Settings(data=fresh), backup)
    assert (fresh / "restore.unfinished" / MANIFEST).is_file()


def test_an_unfinished_folder_of_somebody_else_is_kept(data: Path, tmp_path: Path) -> None:
    """Only what a backup writes is deleted."""
    unfinished = tmp_path / "backup.unfinished"
    unfinished.mkdir()
    (unfinished / "thesis.odt").write_text("mine")
    with pytest.raises(BackupError, match=r"thesis\.odt.*move it away"):
        take_backup(Settings(data=data), tmp_path / "backup")
    assert (unfinished / "thesis.odt").read_text() == "mine"
    (unfinished / "thesis.odt").rename(unfinished / f"{MANIFEST}.77.new")
    (unfinished / "data").mkdir()
    take_backup(Settings(data=data), tmp_path / "backup")
    assert not unfinished.exists()


def test_an_unfinished_backup_that_is_no_folder_is_kept(data: Path, tmp_path: Path) -> None:
    """Neither a file nor a link of that name is touched."""
    unfinished = tmp_path / "backup.unfinished"
    unfinished.write_text("mine")
    with pytest.raises(BackupError, match="no folder; move it away"):
        take_backup(Settings(data=data), tmp_path / "backup")
    unfinished.unlink()
    unfinished.symlink_to(tmp_path / "nowhere")
    with pytest.raises(BackupError, match="no folder; move it away"):
        take_backup(Settings(data=data), tmp_path / "backup")
    assert unfinished.is_symlink()


@pytest.mark.parametrize("content", ["é".encode(), None], ids=["not ASCII", "a folder"])
def test_a_damaged_interrupted_restore_is_refused(
    data: Path, tmp_path: Path, content: bytes | None
) -> None:
    """One sentence names the file."""
    take_backup(Settings(data=data), tmp_path / "backup")
    complete = tmp_path / "fresh" / "restore.unfinished" / "complete"
    complete.parent.mkdir(parents=True)
    if content is None:
        complete.mkdir()
    else:
        complete.write_bytes(content)
    with pytest.raises(BackupError, match="complete is damaged; set HUB_DATA to a new folder"):
        restore_backup(Settings(data=tmp_path / "fresh"), tmp_path / "backup")


def test_an_earlier_backup_that_claims_keys_says_that_it_has_none(
    data: Path, tmp_path: Path
) -> None:
    """The restore looks at the files, not at `has_key`."""
    backup = tmp_path / "backup"
    manifest = take_backup(Settings(data=data), backup, with_key=False)
    claimed = manifest.model_copy(update={"has_key": True})
    (backup / MANIFEST).write_text(claimed.written())
    _, remaining = restore_backup(Settings(data=tmp_path / "fresh"), backup)
    assert "seal.key" in remaining[0]


def test_a_later_format_with_new_fields_is_recognised(data: Path, tmp_path: Path) -> None:
    """It is named as a later format, and not as a damaged manifest."""
    backup = tmp_path / "backup"
    take_backup(Settings(data=data), backup)
    text = (backup / MANIFEST).read_text()
    (backup / MANIFEST).write_text(text.replace('"format": 1', '"format": 2, "new": 1'))
    with pytest.raises(BackupError, match=r"has format 2, .* formats up to 1: install a later"):
        restore_backup(Settings(data=tmp_path / "fresh"), backup)


def test_an_error_of_the_system_is_shown_in_words(data: Path, tmp_path: Path) -> None:
    """Both commands name the path and what to do."""
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(BackupError, match=r"not made: .*file/x.* name another path"):
        take_backup(Settings(data=data), file / "x")
    take_backup(Settings(data=data), tmp_path / "backup")
    with pytest.raises(BackupError, match=r"not restored: .*file/x: .* name another path"):
        restore_backup(Settings(data=file / "x"), tmp_path / "backup")
