"""Collectors: each delivery once, no partial message, no loss when a source fails."""

import asyncio
import json
from pathlib import Path

import pytest
from aiohttp import web

from connectors.contract import DecodeContext
from connectors.registry import load_connectors
from hub.intake.collectors.database import OVERLAP, EnvironmentTable
from hub.intake.collectors.files import DropFolders
from hub.intake.collectors.leader_board import LeaderBoard
from hub.intake.collectors.mail import Imap, MailDir, drop_mail
from hub.lab.simulate.sources import Board, add_complaints, open_complaints
from hub.runtime.periodic import repeat_forever
from hub.runtime.process import listen
from schemas.reports.fact import Kind
from tests.builders.imap import serve_imap
from tests.builders.intake import Intake, with_intake
from tests.contract.samples import ROOT
from tests.integration.parts import free_port

CONNECTORS = load_connectors()
MAIL = (ROOT / "mayor_mailbox" / "ordinary.eml").read_bytes()
ROW = {
    "complaint_no": "1",
    "report_time": "2026-03-02 06:40:00",
    "updated_at": "2026-03-02 06:45:00",
    "content": "废气刺鼻",
    "pollution_type": "大气",
    "lng": 114.92,
    "lat": 30.05,
}


def test_dropped_files_are_taken_whole_once_and_put_away(tmp_path: Path) -> None:
    """A growing file or a .part file waits; a broken one is set aside; every file is kept."""

    async def talk(intake: Intake) -> None:
        drops = DropFolders(intake.source, CONNECTORS, {})
        drops.make()
        folder = tmp_path / "drop" / "transport_12328"
        sample = (ROOT / "transport_12328" / "ordinary.csv").read_bytes()
        (folder / "a.csv").write_bytes(sample[:50])
        (folder / "later.csv.part").write_bytes(sample)
        assert await drops.collect() == 0
        (folder / "a.csv").write_bytes(sample)
        assert await drops.collect() == 0
        (folder / "b.csv").write_bytes(
            (ROOT / "transport_12328" / "broken_header.csv").read_bytes()
        )
        assert await drops.collect() == 1
        assert await drops.collect() == 1
        assert [raw.source for raw in intake.kept] == ["a.csv", "b.csv"]
        assert intake.kept[0].body == sample
        assert (folder / "done" / "a.csv").read_bytes() == sample
        assert (folder / "rejected" / "b.csv").exists()
        assert (folder / "later.csv.part").exists()
        # The same name with the same bytes is the same delivery; with others it is a new one.
        (folder / "a.csv").write_bytes(sample)
        await drops.collect()
        await drops.collect()
        assert len(intake.kept) == 2
        assert (folder / "done" / "a.1.csv").exists()

    with_intake(tmp_path, talk, files_still=0)


def test_a_file_over_the_limit_is_set_aside(tmp_path: Path) -> None:
    """It is neither read nor lost."""

    async def talk(intake: Intake) -> None:
        drops = DropFolders(intake.source, CONNECTORS, {})
        drops.make()
        folder = tmp_path / "drop" / "labour_12333"
        (folder / "big.xlsx").write_bytes(b"x" * 500)
        await drops.collect()
        await drops.collect()
        assert intake.kept == []
        assert (folder / "rejected" / "big.xlsx").stat().st_size == 500

    with_intake(tmp_path, talk, max_body=100, files_still=0)


def test_mails_of_a_maildir_are_taken_once(tmp_path: Path) -> None:
    """They move to cur; a mail that is back after a crash counts as the same delivery."""

    async def talk(intake: Intake) -> None:
        maildir = MailDir(intake.source)
        drop_mail(maildir.path, MAIL)
        (new,) = (maildir.path / "new").iterdir()
        assert await maildir.collect() == 1
        (seen,) = (maildir.path / "cur").iterdir()
        seen.replace(new)
        assert await maildir.collect() == 1
        assert [raw.body for raw in intake.kept] == [MAIL]

    with_intake(tmp_path, talk)


def test_an_imap_box_is_read_by_uid(tmp_path: Path) -> None:
    """Only new mails are read; a new UIDVALIDITY starts again; a wrong password is reported."""

    async def talk(intake: Intake) -> None:
        async with serve_imap() as box:
            imap = Imap(
                intake.source.__class__(
                    intake.settings.model_copy(update={"imap_url": box.url}),
                    intake.receiver,
                    intake.journal,
                )
            )
            box.mails = {3: MAIL, 5: MAIL + b"again"}
            assert await imap.collect() == 2
            assert await imap.collect() == 0
            box.mails[9] = MAIL + b"third"
            assert await imap.collect() == 1
            box.validity, box.mails = 8, {1: MAIL + b"fourth"}
            assert await imap.collect() == 1
            assert len(intake.kept) == 4
            assert intake.kept[0].body == MAIL
            box.password = "other"
            with pytest.raises(OSError, match="IMAP"):
                await imap.collect()

    with_intake(tmp_path, talk)


def test_the_leader_board_is_read_page_by_page(tmp_path: Path) -> None:
    """The cursor is durable; without a page it stays; an empty page is no message."""
    port = free_port()

    async def talk(intake: Intake) -> None:
        board = Board()
        runner = await listen(board.app, "127.0.0.1", port)
        assert await LeaderBoard(intake.source).collect() == 0
        assert intake.kept == []
        board.posts = [{"tid": str(n)} for n in range(150)]
        assert [await LeaderBoard(intake.source).collect() for _ in range(3)] == [100, 50, 0]
        board.posts.append({"tid": "late"})
        assert await LeaderBoard(intake.source).collect() == 1
        posts = [post["tid"] for raw in intake.kept for post in json.loads(raw.body)["posts"]]
        assert posts == [*map(str, range(150)), "late"]
        await runner.cleanup()
        with pytest.raises(OSError, match="leader board"):
            await LeaderBoard(intake.source).collect()

    with_intake(tmp_path, talk, leader_board_url=f"http://127.0.0.1:{port}")


def test_a_last_page_that_grows_is_taken_again(tmp_path: Path) -> None:
    """If the last page names no next cursor, posts that are added to it later are read too."""
    port = free_port()
    posts = [{"tid": "1"}]

    async def page(_: web.Request) -> web.Response:
        return web.json_response({"posts": posts, "next": None})

    async def talk(intake: Intake) -> None:
        app = web.Application()
        app.router.add_get("/posts", page)
        runner = await listen(app, "127.0.0.1", port)
        for _ in range(2):
            assert await LeaderBoard(intake.source).collect() == 0
        posts.append({"tid": "2"})
        await LeaderBoard(intake.source).collect()
        assert [len(json.loads(raw.body)["posts"]) for raw in intake.kept] == [1, 2]
        await runner.cleanup()

    with_intake(tmp_path, talk, leader_board_url=f"http://127.0.0.1:{port}")


def test_late_changed_and_deleted_rows_are_read(tmp_path: Path) -> None:
    """Late commits are read, changed rows are read again, deleted rows are withdrawn."""
    database = tmp_path / "complaints.db"

    async def talk(intake: Intake) -> None:
        engine = open_complaints(database)
        table = EnvironmentTable(intake.source)
        add_complaints(engine, [ROW])
        assert await table.collect() == 1
        assert await table.collect() == 0
        late = {**ROW, "complaint_no": "2", "updated_at": "2026-03-02 06:35:00"}
        add_complaints(engine, [late])
        assert await table.collect() == 1
        with engine.begin() as connection:
            connection.exec_driver_sql("UPDATE complaints SET status='x' WHERE complaint_no='1'")
        assert await table.collect() == 1
        table.close()
        # A restart clears the memory: rows that are read again are the same delivery.
        again = EnvironmentTable(intake.source)
        await again.collect()
        assert len(intake.kept) == 3
        with engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM complaints WHERE complaint_no='2'")
        restarted = EnvironmentTable(intake.source)
        await restarted.collect()
        assert len(intake.kept) == 4
        connector = CONNECTORS["environment_12369"]
        (decoded,) = connector.decode_batch([intake.kept[-1]], DecodeContext())
        assert [(fact.native_id, fact.kind) for fact in decoded.facts] == [("2", Kind.WITHDRAWAL)]
        # Committed a day late: no overlap reaches it, the comparison of keys does.
        add_complaints(engine, [{**ROW, "complaint_no": "3", "updated_at": "2026-03-01 06:00:00"}])
        swept = EnvironmentTable(intake.source)
        await swept.collect()
        assert json.loads(intake.kept[-1].body)["complaint_no"] == "3"
        for open_table in (again, restarted, swept):
            open_table.close()
        engine.dispose()

    assert OVERLAP.total_seconds() >= 600
    with_intake(tmp_path, talk, environment_url=f"sqlite:///{database}")


def test_a_source_that_fails_is_polled_again(tmp_path: Path) -> None:
    """A failure ends a round, not the collector."""
    rounds = []

    async def talk(_: Intake) -> None:
        stop = asyncio.Event()

        async def collect() -> int:
            rounds.append(len(rounds))
            if len(rounds) == 1:
                raise OSError("away")
            stop.set()
            return 1

        await repeat_forever("source", collect, 0.01, stop)

    with_intake(tmp_path, talk)
    assert rounds == [0, 1]
