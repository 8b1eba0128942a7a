"""A program that raises the engine's wall and then tries to get out, past every guard.

Prints a JSON list of what was tried, and what came of it: the refusal, or what was had.
"""

import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator

from hub.processes.engine_wall import ENVIRONMENT, raise_wall, secret_files
from hub.runtime.paths import DataPaths
from hub.settings import Settings

Attempt = tuple[str, Callable[[], object]]


def by_python(settings: Settings, port: int) -> Iterator[Attempt]:
    """Yield attempts of this program itself."""
    for path in (*secret_files(settings), ENVIRONMENT):
        yield f"open {path.name}", lambda path=path: os.read(os.open(path, os.O_RDONLY), 100)
    yield "list the data folder", lambda: list(settings.data.iterdir())
    yield "write beside the store", lambda: (settings.data / "planted").write_text("x")
    yield "write into the town", lambda: (settings.town / "rules.yaml").write_text("x")
    yield "run a program", lambda: os.posix_spawn("/bin/cat", ["cat", "/etc/hosts"], {})
    yield "connect", lambda: socket.create_connection(("127.0.0.1", port), 5)
    yield "listen", lambda: socket.create_server(("127.0.0.1", 0))
    yield "signal the parent", lambda: os.kill(os.getppid(), 0)


def by_engine(settings: Settings, port: int) -> Iterator[Attempt]:
    """Yield statements by a client that may write, and so may use every function."""
    # Not before the wall stands: the engine's library starts threads as it is loaded.
    from hub.store.client import open_store

    writer = open_store(settings).writer
    for path in (*secret_files(settings), ENVIRONMENT):
        if path.is_dir():
            path /= "inside"
        name, text = path.name, f"'{path}'"
        yield f"file() {name}", lambda text=text: writer.query(f"SELECT file({text})").result_rows
        yield (
            f"table file() {name}",
            lambda text=text: (
                writer.query(f"SELECT * FROM file({text}, 'LineAsString')").result_rows
            ),
        )
    roundabout = settings.data / "clickhouse" / ".." / "session.key"
    link = settings.data / "clickhouse" / "link"
    for path in (roundabout, link):
        yield (
            f"file() {path.name} by a detour",
            lambda path=path: writer.query(f"SELECT file('{path}')").result_rows,
        )
    for sql in (
        f"SELECT * FROM url('http://127.0.0.1:{port}/', 'CSV', 'a String')"
        " SETTINGS http_max_tries = 1",
        f"SELECT * FROM remote('127.0.0.1:{port}', default.cases)",
        f"SELECT * FROM mysql('127.0.0.1:{port}', 'a', 'b', 'c', 'd')",
        f"SELECT 1 INTO OUTFILE '{settings.data}/planted'",
        f"INSERT INTO FUNCTION file('{settings.data}/planted', 'CSV', 'a String') SELECT 'x'",
        f"BACKUP DATABASE default TO File('{settings.data}/planted')",
    ):
        yield sql, lambda sql=sql: writer.command(sql)


def tried(attempts: Iterator[Attempt]) -> Iterator[tuple[str, bool, str]]:
    """Yield each attempt, whether it was refused, and the words of it."""
    for name, attempt in attempts:
        sys.stderr.write(f"{name}\n")
        try:
            yield name, False, repr(attempt())[:500]
        except Exception as error:  # noqa: BLE001 - any refusal is one
            yield name, True, str(error)[:500]


def main() -> None:
    """Raise the wall by the settings of the environment; the argument is the port to reach."""
    settings, port = Settings(), int(sys.argv[1])
    os.environ["TMPDIR"] = str(DataPaths(settings.data).engine_scratch)
    wall = raise_wall(settings)
    found: list[tuple[str, bool, str]] = [("wall", True, str(wall))]
    found += tried(by_python(settings, port))
    # As in the program itself: the engine runs in threads that are started afterwards.
    engine = threading.Thread(target=lambda: found.extend(tried(by_engine(settings, port))))
    engine.start()
    engine.join()
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
