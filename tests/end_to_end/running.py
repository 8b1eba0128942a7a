"""The whole hub as users start it, on free ports, in a folder of the test."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from hub.lab.demo import Counts, missing
from hub.lab.ports import server_ports
from hub.lab.simulate.deliver import DeliveryCounts
from hub.lab.simulate.run import messages_of, send_day
from hub.lab.simulate.scenario.message import Message
from hub.security.credentials import load_or_create_credentials
from hub.settings import Settings
from hub.web.signature import signed_headers
from schemas.channel import Channel
from tests.integration.parts import await_nothing, await_true, counts_of, free_port

READY_WITHIN = 240.0
"""Seconds, on a machine that runs other hubs at the same time; an idle one needs fifteen."""


@dataclass(slots=True)
class Hub:
    """A hub process tree that tests start, query and kill."""

    settings: Settings
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    def at(cls, folder: Path, **more: str) -> "Hub":
        """Return a hub that keeps its data in `folder`; `more` are further settings."""
        values = {
            "HUB_DATA": str(folder),
            **server_ports(),
            "HUB_LEADER_BOARD_URL": f"http://127.0.0.1:{free_port()}",
            "HUB_ENVIRONMENT_URL": f"sqlite:///{folder}/complaints.db",
            "HUB_POLL_EVERY": "0.5",
            "HUB_FEEDBACK_EVERY": "0.5",
            "HUB_FEEDBACK_RETRY": "0.2",
            "HUB_PUBLIC_URL": "https://example.cn",
            "HUB_LOG_LEVEL": "error",
            **more,
        }
        names = {name.removeprefix("HUB_").lower(): value for name, value in values.items()}
        return cls(Settings(**names), {**os.environ, **values})

    def start(self, *words: str) -> None:
        """Start `hub up`, or another command that runs the hub; wait until the intake answers."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hub.cli.main", *(words or ("up",))],
            env=self.environment,
            start_new_session=True,
        )
        await_true(self._answers, "the hub is ready", READY_WITHIN)

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, "the hub ended"
        with contextlib.suppress(OSError):
            return self.get(self.settings.intake_port, "/healthz") == b"ok\n"
        return False

    def stop(self) -> int:
        """Stop it as Ctrl-C does; return its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(60)

    def kill_all(self) -> None:
        """Kill -9 the supervisor and all its processes at once."""
        assert self.process is not None
        supervisor = psutil.Process(self.process.pid)
        processes = [supervisor, *supervisor.children(recursive=True)]
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes, timeout=120)
        self.process.wait()

    def child(self, word: str) -> psutil.Process | None:
        """Return the supervisor's child whose command has a word, or None."""
        assert self.process is not None
        for child in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if child.status() != psutil.STATUS_ZOMBIE and word in child.cmdline():
                    return child
        return None

    def crash(self, word: str) -> None:
        """Kill -9 one child; wait until another process has replaced it and the intake answers."""
        child = self.child(word)
        assert child is not None
        child.kill()
        child.wait(30)

        def replaced() -> bool:
            fresh = self.child(word)
            return fresh is not None and fresh.pid != child.pid and self._answers()

        await_true(replaced, f"{word} is started again", READY_WITHIN)

    def get(self, port: int, path: str) -> bytes:
        """Return the body at a path of the hub."""
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=120) as answer:
            return bytes(answer.read())

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command line with the hub's settings."""
        return subprocess.run(
            [sys.executable, "-m", "hub.cli.main", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def day(self, count: int, seed: int) -> list[Message]:
        """Return the deliveries of a drawn day."""
        return messages_of(self.settings, seed, count, datetime.now(UTC))

    def counts(self) -> Counts:
        """Return the numbers of accounted parts, by channel."""
        return counts_of(self.settings)

    def send(self, messages: list[Message]) -> DeliveryCounts:
        """Send messages, and wait until the hub has read the sources that it polls."""
        before = self._posts()

        async def scenario() -> DeliveryCounts:
            async with AsyncExitStack() as stay:
                sent = await send_day(self.settings, messages, 0, stay)
                await asyncio.to_thread(self.await_polled, before + sent.parts["leader_board"])
                return sent

        # In a separate thread: the tests in a browser have an event loop in this one.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, scenario()).result()

    def _posts(self) -> int:
        return self.counts().get("leader_board", {}).get("told", 0)

    def await_polled(self, posts: int) -> None:
        """Wait until feedback to the leader board's posts has been delivered."""
        await_true(lambda: self._posts() >= posts, "posts are read")

    def await_accounted(self, sent: DeliveryCounts) -> None:
        """Wait until everything that was sent is accounted for, exactly."""
        await_nothing(lambda: missing(sent, {}, self.counts()))


@contextlib.contextmanager
def running(folder: Path, **more: str) -> Iterator[Hub]:
    """Run a hub; it is always killed at the end, also if it does not become ready."""
    hub = Hub.at(folder, **more)
    try:
        hub.start()
        yield hub
    finally:
        if hub.process is not None and hub.process.poll() is None:
            hub.kill_all()


def push(hub: Hub, order: dict[str, Any]) -> None:
    """Send an order as the hotline does, signed."""
    body = json.dumps({"orders": [order]}, ensure_ascii=False).encode()
    secret = load_or_create_credentials(hub.settings).value(Channel.HOTLINE_12345, "secret")
    url = f"http://127.0.0.1:{hub.settings.intake_port}/v1/intake/hotline_12345"
    headers = {"Content-Type": "application/json", **signed_headers(secret, body)}
    request = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310 - loopback
        assert answer.status == 202
