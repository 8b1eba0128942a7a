"""A program that raises the engine's wall and then tries to reach files and ports outside it.

It prints a JSON list of rows: the attempt, whether it was refused, and the error or the result.
"""

import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator

from hub.processes.engine_wall import AUXILIARY_VECTOR, ENVIRONMENT, raise_wall, secret_files
from hub.runtime.paths import DataPaths
from hub.settings import Settings

Attempt = tuple[str, Callable[[], object]]


def by_python(settings: Settings, port: int) -> Iterator[Attempt]:
    """Yield attempts by Python code of this process."""
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
    """Yield statements of a client that may write, and so may use every function."""
    # Only after the wall is raised: the engine's library starts threads when it is loaded.
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


def run_attempts(attempts: Iterator[Attempt]) -> Iterator[tuple[str, bool, str]]:
    """Yield each attempt, whether it was refused, and its error or result."""
    for name, attempt in attempts:
        sys.stderr.write(f"{name}\n")
        try:
            yield name, False, repr(attempt())[:500]
        except Exception as error:  # noqa: BLE001 - any exception is a refusal
            yield name, True, str(error)[:500]


def main() -> None:
    """Raise the wall and run all attempts; the argument is a port that must not be reached."""
    settings, port = Settings(), int(sys.argv[1])
    os.environ["TMPDIR"] = str(DataPaths(settings.data).engine_scratch)
    wall = raise_wall(settings)
    # Without it the engine crashes at some of its starts.
    AUXILIARY_VECTOR.read_bytes()
    results: list[tuple[str, bool, str]] = [("wall", True, str(wall))]
    results += run_attempts(by_python(settings, port))
    # As in `hub serve`, the engine runs in threads that start after the wall is raised.
    engine = threading.Thread(
        target=lambda: results.extend(run_attempts(by_engine(settings, port)))
    )
    engine.start()
    engine.join()
    sys.stdout.write(json.dumps(results) + "\n")
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
