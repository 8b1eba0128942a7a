"""The receiver that the documents show: it accepts what the hub signs, and nothing else."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from hub.notifications.webhooks.message import body_of, signed_headers
from hub.notifications.webhooks.subscriptions import new_secret
from tests.hub.notifications.cases import entries_of

EXAMPLE = Path(__file__).parents[4] / "docs" / "webhook_receiver.py"
SECRET = new_secret()


@pytest.fixture
def example() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run the example of the documents; yield its URL and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, str(EXAMPLE), str(port)],
        env={**os.environ, "SECRET": SECRET},
        stdout=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}/", process
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def test_the_example_prints_each_entry_once_and_refuses_forgeries(
    example: tuple[str, subprocess.Popen[str]],
) -> None:
    """A repeated message is answered and not printed; a changed or an old one is refused."""
    url, process = example
    entry, now = entries_of()[1], int(time.time())
    body = body_of(entry)
    number = str(entry.case_event_id)

    def sent(shown: bytes, at: int, secret: str = SECRET) -> int:
        headers = signed_headers(number, at, body, [new_secret(), secret])
        return requests.post(url, data=shown, headers=headers, timeout=10).status_code

    assert [sent(body, now), sent(body, now)] == [204, 204]
    assert sent(body.replace(b"assigned", b"resolved"), now) == 401
    assert sent(body, now - 3600) == 401
    assert sent(body, now, new_secret()) == 401
    process.kill()
    printed = process.communicate()[0].splitlines()
    assert len(printed) == 1
    assert printed[0].startswith("case.assign assigned ")
