"""Liveness 存活: a process says that its loop goes round, on `/healthz` of `HUB_HEALTH_PORT`.

On `/metrics` there it says what it has done.

A process that hangs still has its port open; so what counts is when its loop last went round.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import URLError
from urllib.request import urlopen

from hub.runtime.metrics import METERS, TEXT
from hub.settings import Settings

STALE_AFTER = 60.0
"""Seconds without a beat after which a process counts as hanging; a large insert may take long."""
BEAT_EVERY = 1.0


class Pulse:
    """When the loop of this process last went round."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def beat(self) -> None:
        """Say that the loop went round."""
        self._last = time.monotonic()

    def age(self) -> float:
        """Return the seconds since the last beat."""
        return time.monotonic() - self._last


@contextlib.contextmanager
def watched(settings: Settings) -> Iterator[Pulse]:
    """Answer on the health port, where one is set, for as long as the block runs."""
    pulse = Pulse()
    if not settings.health_port:
        yield pulse
        return

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            age = pulse.age()
            if self.path == "/metrics":
                self._answer(200, TEXT, METERS.text())
            else:
                status = 200 if age < STALE_AFTER else 503
                self._answer(status, "text/plain", f"last beat {age:.1f} s ago\n".encode())

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: it is asked every few seconds."""

    server = ThreadingHTTPServer((settings.host, settings.health_port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True, name="health").start()
    try:
        yield pulse
    finally:
        server.shutdown()
        server.server_close()


async def beat_until(pulse: Pulse, stop: asyncio.Event) -> None:
    """Beat from the event loop until stopped."""
    while not stop.is_set():
        pulse.beat()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), BEAT_EVERY)


def ask(settings: Settings) -> tuple[bool, str]:
    """Return whether the process of this container is alive, and what it said."""
    url = f"http://127.0.0.1:{settings.health_port}/healthz"
    try:
        with urlopen(url, timeout=4) as answer:
            return True, answer.read().decode().strip()
    except (URLError, OSError) as error:
        return False, f"{url}: {error}"
