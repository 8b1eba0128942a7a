"""`hub webhooks` and `hub notices`: from adding a subscription to removing it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hub.cli.main import cli
from hub.notifications.webhooks.entries import WebhookEntries
from hub.notifications.webhooks.queue import WebhookQueue
from hub.notifications.webhooks.subscriptions import load_subscriptions
from hub.settings import Settings
from tests.hub.notifications.cases import entries_of


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the data folder of the commands; this machine is a network that they may send to."""
    monkeypatch.setenv("HUB_DATA", str(tmp_path))
    monkeypatch.setenv("HUB_OUTBOUND_NETWORKS", "127.0.0.0/8")
    return tmp_path


@pytest.fixture
def answers() -> Iterator[tuple[str, list[int]]]:
    """Yield the URL of a receiver, and the statuses that it answers with."""
    statuses = [204]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(statuses[0])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", statuses
    server.shutdown()
    thread.join()
    server.server_close()


def run(*arguments: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(cli, arguments)


def test_a_subscription_from_its_beginning_to_its_end(
    data: Path, answers: tuple[str, list[int]]
) -> None:
    """Add, test, list, replay, rotate, remove: each says what it did."""
    url, statuses = answers
    secret = run("webhooks", "add", "app", url, "--move", "assign").output.strip()
    assert secret.startswith("whsec_")
    assert secret in load_subscriptions(Settings(data=data))["app"].secrets
    assert run("webhooks", "test", "app").exit_code == 0
    statuses[0] = 500
    failed = run("webhooks", "test", "app")
    assert (failed.exit_code, "HTTP 500" in failed.output) == (1, True)
    assert "nothing" not in run("webhooks", "messages", "app").output
    queue = WebhookQueue(data / "webhooks.db")
    known = load_subscriptions(Settings(data=data))["app"]
    moved = known.__class__(known.name, known.url, known.secrets)
    WebhookEntries(queue, lambda: [moved]).take(entries_of())
    for place in queue.due("app", 1e10, 1):
        queue.end([place], reason="HTTP 204")
    queue.disable("app", "HTTP 500")
    listed = run("webhooks", "ls", "--json").output
    assert '"waiting": 2' in listed
    assert '"state": "disabled"' in listed
    assert secret not in listed
    assert "delivered" in run("webhooks", "messages", "app").output
    assert "app is enabled" in run("webhooks", "enable", "app").output
    assert "1 messages" in run("webhooks", "replay", "app", "--since", "2026-03-01").output
    first = str(entries_of()[0].case_event_id)
    assert "has no ended message" in run("webhooks", "replay", "app", "--message", first).output
    assert run("webhooks", "replay", "app").exit_code == 2
    assert run("webhooks", "rotate", "app", "--keep").output.strip().startswith("whsec_")
    assert "with 3 waiting messages" in run("webhooks", "rm", "app").output
    assert queue.counts() == {}
    queue.close()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "app", "ftp://x"), "must begin with https"),
        (("add", "app", "https://10.0.0.1/"), "private address"),
        (("add", "a b", "https://app.example/"), "a name has up to 40"),
        (("ls",), "none"),
        (("messages", "app"), "there is no subscription app; there are: none"),
        (("test", "app"), "there is no subscription"),
        (("replay", "app", "--since", "2026-03-01"), "there is no subscription"),
        (("enable", "app"), "there is no subscription"),
        (("rotate", "app"), "there is no subscription"),
        (("rm", "app"), "there is no subscription"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(arguments: tuple[str, ...], words: str) -> None:
    """No command ends in a traceback."""
    result = run("webhooks", *arguments)
    assert words in result.output
    assert "Traceback" not in result.output


def test_notices_are_checked_and_tried(data: Path, answers: tuple[str, list[int]]) -> None:
    """Without a file there are no rules; a receiver that is unknown or fails is named."""
    url, statuses = answers
    assert "notices.yaml: no such file" in run("notices", "check").output
    text = f"receivers:\n  desk: {{robot: wecom, url: '{url}'}}\nrules:\n"
    (data / "notices.yaml").write_text(f"{text}  - {{to: desk, when: [red]}}\n")
    assert run("notices", "check").exit_code == 0
    assert "no receiver nobody; there are: desk" in run("notices", "test", "nobody").output
    # The receiver answers without a body, which no platform does.
    refused = run("notices", "test", "desk")
    assert (refused.exit_code, "desk: wecom answers HTTP 204" in refused.output) == (1, True)
    (data / "notices.yaml").write_text(f"{text}  - {{to: desk, when: [red], unit: x}}\n")
    result = run("notices", "check")
    assert (result.exit_code, "no unit x" in result.output) == (1, True)
    assert statuses == [204]
