"""Liveness 存活: `/healthz` and `/metrics` of a process, on `HUB_HEALTH_PORT`.

A process that hangs still accepts connections. So `/healthz` answers 200 only if the main loop of
the process has run within the last `STALE_AFTER` seconds. `metrics_access` decides who may read
`/metrics`.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from hub.runtime.metrics import METERS, TEXT
from hub.runtime.metrics_access import REFUSAL, MetricsAccess
from hub.settings.base import ProcessSettings

STALE_AFTER = 60.0
"""Seconds without a beat after which a process counts as hanging; a large insert takes long."""
BEAT_EVERY = 1.0
MAX_REQUESTS = 16
"""Requests that the health port answers in parallel; further connections are closed."""
REQUEST_SECONDS = 5.0
"""Seconds within which a request to the health port must arrive."""


class Pulse:
    """The time of the last round of this process's main loop."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def beat(self) -> None:
        """Record a round of the loop."""
        self._last = time.monotonic()

    def age(self) -> float:
        """Return the seconds since the last beat."""
        return time.monotonic() - self._last


class _Server(ThreadingHTTPServer):
    """Bounds the requests in parallel, so that no client can make it start threads without end."""

    daemon_threads = True

    def __init__(self, *arguments: Any) -> None:
        self._free = threading.BoundedSemaphore(MAX_REQUESTS)
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, *_: object) -> None:
        """Ignore a client that has closed its connection."""


@contextlib.contextmanager
def watched(settings: ProcessSettings, access: MetricsAccess | None = None) -> Iterator[Pulse]:
    """Serve the health port, if one is set, while the block runs; yield the pulse to beat.

    `access` decides who may read the metrics; by default it is built from the settings. Raises
    `OSError` if the port is in use.
    """
    pulse = Pulse()
    if not settings.health_port:
        yield pulse
        return

    may_read = access or MetricsAccess(settings)

    class Handler(BaseHTTPRequestHandler):
        timeout = REQUEST_SECONDS

        def do_GET(self) -> None:
            if self.path == "/metrics" and may_read.allows(self.client_address[0], self.headers):
                self._answer(200, TEXT, METERS.text())
            elif self.path == "/metrics":
                self._answer(403, "text/plain", REFUSAL.encode())
            elif self.path != "/healthz":
                self._answer(404, "text/plain", b"this port has /healthz and /metrics\n")
            elif pulse.age() < STALE_AFTER:
                self._answer(200, "text/plain", b"ok\n")
            else:
                self._answer(503, "text/plain", b"the loop of this process hangs\n")

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing: a request comes every few seconds."""

    server = _Server((settings.host, settings.health_port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True, name="health").start()
    try:
        yield pulse
    finally:
        server.shutdown()
        server.server_close()


async def beat_until(pulse: Pulse, stop: asyncio.Event) -> None:
    """Beat from the event loop every second until `stop` is set."""
    while not stop.is_set():
        pulse.beat()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), BEAT_EVERY)


def ask(settings: ProcessSettings) -> tuple[bool, str]:
    """Return whether the process of this container is alive, and its answer or the error."""
    url = f"http://127.0.0.1:{settings.health_port}/healthz"
    try:
        with urlopen(url, timeout=4) as answer:
            return True, answer.read().decode().strip()
    except (URLError, OSError) as error:
        return False, f"{url}: {error}"
