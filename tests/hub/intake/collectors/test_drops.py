"""Drop folders: names of unfinished files, uploads that pause, shares with odd times."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from unittest.mock import patch

import pytest

from hub.intake.collectors.files import DropFolders
from hub.intake.collectors.outside import Mark
from hub.intake.collectors.source import Source
from hub.intake.collectors.stillness import is_unfinished
from tests.builders.collecting import Desk, at_desk, rounds


def drops_of(source: Source) -> tuple[DropFolders, Path]:
    """Return a collector and the folder of one channel."""
    drops = DropFolders(source, {}, {})
    drops.make()
    return drops, source.settings.data / "drop" / "transport_12328"


@pytest.mark.parametrize(
    "name",
    [
        "~$三月.xlsx",
        ".~lock.三月.xlsx#",
        ".三月.csv.swp",
        "三月.csv~",
        "三月.CSV.TMP",
        "三月.csv.part",
        "三月.csv.filepart",
        "三月.xlsx.crdownload",
        "三月.csv._COPYING_",
        "._三月.csv",
        ".nfs0000000001",
        "Thumbs.db",
        "desktop.ini",
    ],
)
def test_a_name_of_an_unfinished_file_is_left(name: str, tmp_path: Path) -> None:
    """It is neither read nor moved; under its last name it is read."""

    async def talk(desk: Desk) -> None:
        drops, folder = drops_of(desk.restart())
        (folder / name).write_bytes(b"a")
        assert await rounds(drops.collect, 4) == []
        assert desk.kept == []
        assert (folder / name).exists()
        (folder / name).rename(folder / "三月.csv")
        await rounds(drops.collect, 2)
        assert [raw.source for raw in desk.kept] == ["三月.csv"]

    at_desk(tmp_path, talk, files_still=0)


def test_usual_names_are_read() -> None:
    """Only the ending and the beginning of a name count."""
    assert not any(map(is_unfinished, ("part.csv", "a.part.csv", "tmp", "a~b.csv", "$a.csv")))


def test_a_pause_restarts_the_clock(tmp_path: Path) -> None:
    """A file is read after so many rounds without a change, not before."""

    async def talk(desk: Desk) -> None:
        drops, folder = drops_of(desk.restart())
        with (folder / "a.csv").open("wb", buffering=0) as upload:
            for part in (b"one", b"two", b"three"):
                upload.write(part)
                assert [await drops.collect() for _ in range(6)] == [0] * 6
        assert await drops.collect() == 1
        assert [raw.body for raw in desk.kept] == [b"onetwothree"]

    at_desk(tmp_path, talk, files_still=3)


@pytest.mark.parametrize("restart", [False, True])
def test_what_is_written_after_the_reading_is_read(restart: bool, tmp_path: Path) -> None:
    """A sender that still writes into the file in `done/` loses nothing, also over a restart."""

    async def talk(desk: Desk) -> None:
        drops, folder = drops_of(desk.restart())
        with (folder / "a.csv").open("wb", buffering=0) as upload:
            upload.write(b"one")
            await rounds(drops.collect, 3)
            assert (folder / "rejected" / "a.csv").exists()
            (folder / "a.csv").write_bytes(b"another upload of this name")
            upload.write(b"two")
            if restart:
                drops, folder = drops_of(desk.restart())
            await rounds(drops.collect, 6)
        bodies = [raw.body for raw in desk.kept]
        assert bodies == [b"one", b"another upload of this name", b"onetwo"]
        assert [raw.source for raw in desk.kept] == ["a.csv"] * 3
        assert await drops.collect() == 0

    at_desk(tmp_path, talk, files_still=0)


def test_a_time_that_the_sender_sets_afterwards_makes_no_second_delivery(tmp_path: Path) -> None:
    """SFTP clients set the file's time after the upload; the same bytes are kept once."""

    async def talk(desk: Desk) -> None:
        drops, folder = drops_of(desk.restart())
        (folder / "a.csv").write_bytes(b"one")
        await rounds(drops.collect, 2)
        os.utime(folder / "rejected" / "a.csv", (0, 0))
        await rounds(drops.collect, 4)
        assert len(desk.kept) == 1
        assert [path.name for path in (folder / "rejected").iterdir()] == ["a.csv"]

    at_desk(tmp_path, talk, files_still=0)


@contextmanager
def odd_share() -> Iterator[None]:
    """Give each look at a file another inode and another time, as some network shares do."""
    numbers = count(1)

    def odd(state: os.stat_result) -> Mark:
        return Mark(next(numbers), state.st_size, next(numbers))

    with patch.object(Mark, "of", odd):
        yield


def test_a_share_without_stable_inodes_and_times_is_read(tmp_path: Path) -> None:
    """Where only inode and time change, size and content say that a file is whole."""

    async def talk(desk: Desk) -> None:
        drops, folder = drops_of(desk.restart())
        (folder / "a.csv").write_bytes(b"one")
        with odd_share():
            assert await rounds(drops.collect, 4) == []
            assert desk.kept == []
            # Overwritten in its place, with the same size.
            (folder / "a.csv").write_bytes(b"two")
            await rounds(drops.collect, 8)
            assert [raw.body for raw in desk.kept] == [b"two"]
            assert not (folder / "a.csv").exists()
            assert await rounds(drops.collect, 12) == []
        assert len(desk.kept) == 1

    at_desk(tmp_path, talk, files_still=0)


def test_a_folder_that_was_deleted_is_made_again(tmp_path: Path) -> None:
    """Somebody clears the drop folders: the next file is read all the same."""

    async def talk(desk: Desk) -> None:
        drops, folder = drops_of(desk.restart())
        (folder / "done").rmdir()
        (folder / "rejected").rmdir()
        folder.rmdir()
        await rounds(drops.collect, 1)
        (folder / "a.csv").write_bytes(b"one")
        await rounds(drops.collect, 2)
        assert [raw.body for raw in desk.kept] == [b"one"]

    at_desk(tmp_path, talk, files_still=0)
