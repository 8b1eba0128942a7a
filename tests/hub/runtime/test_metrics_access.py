"""Who may read the metrics: requests from this machine, and requests with the token."""

import os
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from hub.runtime.health import watched
from hub.runtime.metrics_access import MetricsAccess, draw_metrics_token, metrics_token_path
from hub.security.credentials import METRICS, listed, load_or_create_credentials, rotate
from hub.settings import Settings
from tests.builders.intake import Intake, with_intake
from tests.end_to_end.running import free_port
from tests.hub.overview.served import FiguresSite, serve_figures

LOCAL = {"Host": "127.0.0.1:8800"}
TOKEN = "a token of the metrics that is long enough"


def settings_with(folder: Path, token: str = "", **more: object) -> Settings:
    """Return settings of a data folder; writes the token's file if there is a token."""
    settings = Settings(data=folder, **more)
    if token:
        metrics_token_path(settings).write_text(f"{token}\n", encoding="utf-8")
    return settings


@pytest.mark.parametrize(
    ("peer", "headers", "allowed"),
    [
        ("127.0.0.1", LOCAL, True),
        ("127.8.9.1", LOCAL, True),
        ("::1", {"Host": "[::1]:8800"}, True),
        ("::ffff:127.0.0.1", {"Host": "localhost:8800"}, True),
        ("192.0.2.7", LOCAL, False),
        ("172.17.0.1", LOCAL, False),
        ("2001:db8::7", LOCAL, False),
        ("::ffff:192.0.2.7", LOCAL, False),
        ("", LOCAL, False),
        ("127.0.0.1", {}, False),
        ("127.0.0.1", {"Host": "evil.example:8800"}, False),
        ("127.0.0.1", {"Host": "127.0.0.1.evil.example"}, False),
        ("127.0.0.1", {"Host": "192.0.2.7"}, False),
        ("127.0.0.1", {**LOCAL, "X-Forwarded-For": "192.0.2.7"}, False),
        ("127.0.0.1", {**LOCAL, "Forwarded": "for=192.0.2.7"}, False),
        ("127.0.0.1", {**LOCAL, "Via": "1.1 proxy"}, False),
        ("192.0.2.7", {**LOCAL, "X-Forwarded-For": "127.0.0.1"}, False),
        ("192.0.2.7", {**LOCAL, "Authorization": "Bearer "}, False),
        ("192.0.2.7", {**LOCAL, "Authorization": "Bearer None"}, False),
    ],
)
def test_without_a_token_only_this_machine_is_answered(
    tmp_path: Path, peer: str, headers: dict[str, str], *, allowed: bool
) -> None:
    """The address of the connection decides; headers can only forbid."""
    assert MetricsAccess(settings_with(tmp_path)).allows(peer, headers) is allowed


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        (f"Bearer {TOKEN}", True),
        (f"bearer {TOKEN}", True),
        (f"Bearer {TOKEN}x", False),
        (f"Bearer {TOKEN[:-1]}", False),
        (f"Basic {TOKEN}", False),
        (TOKEN, False),
        ("Bearer ", False),
        ("Bearer \udcff", False),
        ("", False),
    ],
)
def test_another_machine_needs_the_token(tmp_path: Path, value: str, *, allowed: bool) -> None:
    """It must be complete, and be sent as a bearer token."""
    access = MetricsAccess(settings_with(tmp_path, TOKEN))
    assert access.allows("192.0.2.7", {**LOCAL, "Authorization": value}) is allowed


def test_behind_a_proxy_this_machine_proves_nothing(tmp_path: Path) -> None:
    """Every request comes from the proxy, so the token is always required."""
    access = MetricsAccess(settings_with(tmp_path, TOKEN, proxies=1))
    assert not access.allows("127.0.0.1", LOCAL)
    assert access.allows("127.0.0.1", {**LOCAL, "Authorization": f"Bearer {TOKEN}"})


def test_an_unreadable_token_opens_no_metrics(tmp_path: Path) -> None:
    """If the file is absent, empty or a folder, only this machine is answered."""
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    for name in ("absent", "empty", "folder"):
        access = MetricsAccess(Settings(data=tmp_path, metrics_token_file=tmp_path / name))
        assert not access.allows("192.0.2.7", {**LOCAL, "Authorization": "Bearer "})
        assert access.allows("127.0.0.1", LOCAL)


def test_the_command_of_credentials_creates_and_replaces_the_token(tmp_path: Path) -> None:
    """Only the owner can read the file; a process uses the new token and refuses the old one."""
    settings = Settings(data=tmp_path)
    load_or_create_credentials(settings)
    assert (*METRICS, 0) in listed(settings)
    old = rotate(settings, *METRICS)
    assert (*METRICS, 1) in listed(settings)
    path = metrics_token_path(settings)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text(encoding="utf-8") == old
    fresh = draw_metrics_token(settings)
    os.utime(path, ns=(1, 1))
    access = MetricsAccess(settings)
    assert access.allows("192.0.2.7", {"Authorization": f"Bearer {fresh}"})
    assert not access.allows("192.0.2.7", {"Authorization": f"Bearer {old}"})


def status(url: str, **headers: str) -> tuple[int, str]:
    """Return the status and the body of an answer."""
    try:
        with urlopen(Request(url, headers=headers), timeout=5) as answer:  # noqa: S310 - loopback
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def test_the_health_port_requires_the_token_for_metrics_only(tmp_path: Path) -> None:
    """Every path but /healthz and /metrics answers 404."""
    port = free_port()
    with watched(settings_with(tmp_path, TOKEN, health_port=port)):
        base = f"http://127.0.0.1:{port}"
        assert status(f"{base}/metrics")[0] == 200
        passed_on = {"X-Forwarded-For": "192.0.2.7"}
        code, body = status(f"{base}/metrics", **passed_on)
        assert code == 403
        assert "Authorization: Bearer" in body
        assert status(f"{base}/metrics", Authorization=f"Bearer {TOKEN}", **passed_on)[0] == 200
        assert status(f"{base}/healthz", **passed_on) == (200, "ok\n")
        assert status(f"{base}/", **passed_on)[0] == 404


def test_the_intake_requires_the_token(tmp_path: Path) -> None:
    """A refusal is problem+json; /healthz is open."""

    async def talk(intake: Intake) -> None:
        passed_on = {"X-Forwarded-For": "192.0.2.7"}
        answer = await intake.client.get("/metrics", headers=passed_on)
        assert (answer.status, (await answer.json())["code"]) == (401, "bad_token")
        assert "minqing_" not in await answer.text()
        value = {**passed_on, "Authorization": f"Bearer {TOKEN}"}
        assert (await intake.client.get("/metrics", headers=value)).status == 200
        assert await (await intake.client.get("/healthz", headers=passed_on)).text() == "ok\n"

    settings_with(tmp_path, TOKEN)
    with_intake(tmp_path, talk)


def test_the_overview_requires_the_token(tmp_path: Path) -> None:
    """A refused request causes no query of the store."""

    async def talk(figures: FiguresSite) -> None:
        assert (await figures.ask("/metrics", **{"X-Real-IP": "192.0.2.7"})).status == 401
        assert not figures.figures.queries
        assert (await figures.ask("/metrics", Authorization=f"Bearer {TOKEN}")).status == 200
        assert (await figures.ask("/metrics")).status == 200

    settings_with(tmp_path, TOKEN)
    serve_figures(tmp_path, talk)
