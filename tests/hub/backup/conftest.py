"""The data folder of a stopped hub, for tests of backup and restore."""

from contextlib import closing
from pathlib import Path

import pytest

from hub.feedback.outbox import Outbox
from hub.journal.schema import open_file
from hub.runtime.paths import DataPaths
from hub.worker.redo_log import RedoLog
from schemas.cloudevent import Record
from tests.hub.backup.contents import KEY

DATABASE = "store/c21/c21d858d-cba2-46e1-b5ea-37b2ed00f503"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data folder of a stopped hub, with a little of everything."""
    paths = DataPaths(tmp_path / "data")
    paths.data.mkdir(mode=0o700)
    paths.seal_key.write_text(KEY)
    paths.staff.write_text("- name: 李镇长\n", "utf-8")
    paths.secrets.write_text("admin: {token: x}\n")
    with closing(open_file(paths.journal)) as journal:
        journal.execute("INSERT INTO cursors VALUES ('published', '9'), ('settled', '7')")
        rows = [(number, bytes([number]) * 16, 1.0, "", b"sealed") for number in range(1, 10)]
        journal.executemany(
            "INSERT INTO entries (seq, receipt_id, received_at, meta, body) VALUES (?,?,?,?,?)",
            rows,
        )
    redo = RedoLog(paths.redo_log)
    redo.append([Record("cases.v1", 0, b"k", b"{}", [])], "log")
    redo.close()
    Outbox(paths.outbox).close()
    (paths.drop / "labour_12333" / "done").mkdir(parents=True)
    (paths.drop / "labour_12333" / "三月.csv").write_bytes(b"a,b\n")
    (paths.drop / "labour_12333" / "link.csv").symlink_to("/etc/passwd")
    table = paths.clickhouse / "store" / "439" / "4398eb96-f11b-4788-a205-2ee578779724"
    (table / "all_1_1_0").mkdir(parents=True)
    (table / "all_1_1_0" / "data.bin").write_bytes(b"\1\2\3")
    (paths.clickhouse / DATABASE).mkdir(parents=True)
    (paths.clickhouse / DATABASE / "events.sql").write_text("ATTACH TABLE events ()\n")
    (paths.clickhouse / "metadata").mkdir()
    (paths.clickhouse / "metadata" / "default").symlink_to(f"../{DATABASE}")
    return paths.data
