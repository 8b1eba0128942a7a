"""The systems that receive the channels' feedback, as real servers that fail at times."""

import json
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from aiosmtpd.controller import Controller

from schemas.channel import Channel
from tests.integration.parts import free_port

PUSHED = (
    Channel.HOTLINE_12345,
    Channel.CONSUMER_12315,
    Channel.LEADER_BOARD,
    Channel.URBAN_12319,
    Channel.GOVERNANCE_PLATFORM,
    Channel.GRID_PATROL,
)
FAILS_EVERY = 7
"""At each multiple of this number of requests the servers answer 503 and store nothing."""


class Receivers:
    """Stores received feedback by channel; `start` before the hub, `stop` after it.

    A repeated message with the same idempotency key is stored once.
    """

    def __init__(self, folder: Path) -> None:
        self.got: dict[str, list[bytes]] = defaultdict(list)
        self.keys: set[str] = set()
        self.requests = 0
        self.smtp_port = free_port()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer({"access_token": "T", "expires_in": 7200})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                channel = urlsplit(self.path).path.split("/")[1]
                owner.requests += 1
                if owner.requests % FAILS_EVERY == 0:
                    self.send_error(503)
                    return
                owner.keep(channel, self.headers.get("Idempotency-Key", ""), body)
                self.answer({"errcode": 0, "errmsg": "ok"})

            def answer(self, content: dict[str, Any]) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(content).encode())

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.mail = Controller(self, hostname="127.0.0.1", port=self.smtp_port)
        base = f"http://127.0.0.1:{self.server.server_port}"
        addresses = {str(channel): {"url": f"{base}/{channel}"} for channel in PUSHED}
        addresses["wechat_official"] = {"url": f"{base}/wechat_official", "app_secret": "s"}
        addresses["mayor_mailbox"] = {"sender": "mayor@example.cn"}
        addresses["environment_12369"] = {"url": f"sqlite:///{folder}/replies.db"}
        (folder / "feedback.yaml").write_text(yaml.safe_dump(addresses), encoding="utf-8")

    def keep(self, channel: str, key: str, body: bytes) -> None:
        """Store a message; the key is empty for systems without idempotency keys."""
        if not key or key not in self.keys:
            self.got[channel].append(body)
        self.keys.add(key)

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: N802
        """Store a mail."""
        self.got["mayor_mailbox"].append(envelope.content)
        return "250 OK"

    def start(self) -> None:
        """Begin to listen."""
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.mail.start()

    def stop(self) -> None:
        """End listening."""
        self.mail.stop()
        self.server.shutdown()
        self.server.server_close()
