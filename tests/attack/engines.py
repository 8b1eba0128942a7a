"""Engines under attack: one process for each store, queried over HTTP, restarted when it dies."""

import base64
import http.client
import json
import os
import subprocess
import sys
import urllib.parse
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from hub.accounts.staff import StaffRole
from tests.attack.marked_store import Variant
from tests.attack.marks import Secret, mark

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 40
"""Seconds for one answer; the endpoint itself ends a statement after three."""
FOLDER = b"{data}"
"""Replaces the data folder of a store, in statements and in answers."""
DIED, HUNG = 0, 1
"""Statuses if there was no response."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The response: the HTTP status, or `DIED` or `HUNG`; the body, and the hub's own headers."""

    status: int
    body: bytes
    code: str = ""

    @property
    def outcome(self) -> str:
        """Return a word for the status."""
        known = {200: "answered", 403: "refused", DIED: "died", HUNG: "hung"}
        return known.get(self.status, "failed" if self.status < 500 else "broken")


@dataclass
class Engine:
    """One store in one folder, behind one port."""

    folder: Path
    variant: Variant
    deaths: int = 0
    _process: subprocess.Popen[bytes] | None = None
    _port: int = 0
    _passwords: dict[str, str] = field(default_factory=dict)
    _connection: http.client.HTTPConnection | None = None

    def start(self) -> None:
        """Start the process without waiting for it."""
        is_new = not self.folder.exists()
        self.folder.mkdir(parents=True, exist_ok=True)
        salt = "A" if self.variant is Variant.FIRST else "B"
        program = [sys.executable, "-m", "tests.attack.serve", str(self.folder)]
        program += [self.variant.value, "new" if is_new else "again"]
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "MINQING_MARK": mark(Secret.FILE, salt, "environment"),
        }
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                program,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    @property
    def _log(self) -> Path:
        return self.folder.with_suffix(".log")

    def wait(self) -> None:
        """Wait until the process answers."""
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            log = self._log.read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"the engine of {self.variant} did not start: {log[-2000:]}")
        ready = json.loads(line)
        self._port, self._passwords = ready["port"], ready["passwords"]

    def ask(
        self,
        role: StaffRole,
        body: bytes,
        fields: Sequence[tuple[str, str]] = (),
        headers: Sequence[tuple[str, str]] = (),
        method: str = "POST",
        path: str = "",
    ) -> Answer:
        """Send a body as the member of a role; return the answer, also if there was no response."""
        # Each store has its own folder; statement and answer are compared without its name.
        own = str(self.folder).encode()
        body = body.replace(FOLDER, own)
        proof = base64.b64encode(f"{role.value}:{self._passwords[role.value]}".encode()).decode()
        filled = [
            (name, value.replace(FOLDER.decode(), str(self.folder))) for name, value in fields
        ]
        target = path or f"/?{urllib.parse.urlencode(filled, errors='surrogatepass')}"
        sent = {"Authorization": f"Basic {proof}", **dict(headers)}
        for _ in range(2):
            is_fresh = self._connection is None
            if self._connection is None:
                self._connection = http.client.HTTPConnection(
                    "127.0.0.1", self._port, timeout=PATIENCE
                )
            if self._connection.sock is not None:
                self._connection.sock.settimeout(PATIENCE)
            try:
                self._connection.request(method, target, body, sent)
                response = self._connection.getresponse()
                code = response.headers.get("X-ClickHouse-Exception-Code", "")
                return Answer(response.status, response.read().replace(own, FOLDER), code)
            except TimeoutError:
                self._again()
                return Answer(HUNG, b"")
            except (OSError, http.client.HTTPException):
                self._connection = None
                if is_fresh or self._is_dead():
                    break
        self._again()
        return Answer(DIED, b"")

    def stop(self) -> None:
        """End the process."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def _is_dead(self) -> bool:
        assert self._process is not None
        return self._process.poll() is not None

    def _again(self) -> None:
        self.deaths += 1
        self.stop()
        self.start()
        self.wait()


class Engines:
    """Engines of all variants, and two threads to query two of them at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.by_variant = {
            variant: Engine(folder / f"machine-{number}", variant)
            for number, variant in enumerate(Variant)
        }
        self._hands = ThreadPoolExecutor(2)

    def __enter__(self) -> "Engines":
        try:
            for engine in self.by_variant.values():
                engine.start()
            for engine in self.by_variant.values():
                engine.wait()
        except RuntimeError:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End all processes."""
        for engine in self.by_variant.values():
            engine.stop()
        self._hands.shutdown()

    def other(self, role: StaffRole) -> Variant:
        """Return the variant whose difference from the first a role must not see."""
        whole = role in (StaffRole.CITY, StaffRole.AUDITOR)
        return Variant.HIDDEN if whole else Variant.FOREIGN

    def both(self, role: StaffRole, *sent: Any) -> tuple[Answer, Answer]:
        """Query the first store and the role's other store at once; for `sent` see `Engine.ask`."""
        first = self.by_variant[Variant.FIRST]
        other = self.by_variant[self.other(role)]
        answers = [self._hands.submit(engine.ask, role, *sent) for engine in (first, other)]
        return answers[0].result(), answers[1].result()
