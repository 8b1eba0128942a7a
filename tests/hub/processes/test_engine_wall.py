"""The wall around the engine's process: what it cannot reach though no guard stands before it."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import landlockpy
import pytest
from pydantic import SecretStr

from hub.broker.connection import options, preload_credentials
from hub.processes import engine_wall
from hub.processes.engine_wall import (
    CUT,
    KEPT_SETTINGS,
    cut_environment,
    engine_environment,
    openings,
    raise_wall,
    secret_files,
    try_wall,
)
from hub.processes.up import children
from hub.security.landlock import Openings, Wall, WallError, close_off
from hub.settings import Settings
from hub.settings.kafka import KafkaSecurity
from hub.settings.store import WallMode
from hub.settings.town import SHIPPED_TOWN
from tests.integration.parts import environment

MARK = "MARK-7f3c"
needs_landlock = pytest.mark.skipif(not landlockpy.supported(), reason="no Landlock here")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return the settings of a hub all of whose secrets hold a mark."""
    made = Settings(
        data=tmp_path / "data", town=tmp_path / "town", key_file=tmp_path / "keys" / "own.key",
        secrets_file=tmp_path / "keys" / "own.yaml", store_port=18124, broker_port=18092,
    )  # fmt: skip
    shutil.copytree(SHIPPED_TOWN, made.town)
    for folder in (made.data / "clickhouse", made.engine_scratch, tmp_path / "keys"):
        folder.mkdir(parents=True)
    for path in secret_files(made):
        if path.suffix:
            path.write_text(MARK)
        else:
            path.mkdir()
            (path / "inside").write_text(MARK)
    (made.data / "clickhouse" / "link").symlink_to("../session.key")
    return made


@needs_landlock
def test_past_every_guard_nothing_leads_out(settings: Settings) -> None:
    """No file, folder, port, program or signal; by Python and by the engine, which may write."""
    given = environment(
        data=settings.data, town=settings.town, key_file=settings.key_file,
        secrets_file=settings.secrets_file, store_port=18124, broker_port=18092,
        wall="required", imap_url=f"imaps://a:{MARK}@host/",
    )  # fmt: skip
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        # The engine itself may crash on statements that the guard never lets through (seen once in
        # some twenty runs). That lets nothing out, but then there is nothing to look at either.
        for _ in range(3):
            done = subprocess.run(
                [sys.executable, "-m", "tests.hub.processes.walled", str(port)],
                env=given,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            if done.returncode == 0:
                break
        assert done.returncode == 0, done.stderr[-2000:]
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
    found = json.loads(done.stdout.splitlines()[-1])
    assert found[0][2].startswith("landlock abi ")
    assert len(found) > 50
    assert [one for one in found if not one[1]] == []
    files = [one for one in found if one[0].startswith(("open ", "file() ", "table file() "))]
    assert [one for one in files if "ermission denied" not in one[2]] == []
    assert MARK not in done.stdout + done.stderr
    assert not (settings.data / "planted").exists()


@needs_landlock
def test_the_trial_that_the_doctor_shows_tells_an_open_file(settings: Settings) -> None:
    """Without a wall every secret that is there is told to be open."""
    (settings.data / "journal.db").unlink()
    found = {Path(trial.what).name: trial.denied for trial in try_wall(settings)}
    assert found["session.key"] is False
    assert found["own.key"] is False
    assert found["drop"] is False
    assert found["environ"] is False
    assert found["journal.db"] is None


def test_the_engine_starts_with_reviewed_variables_only() -> None:
    """What the list does not have is left out, whatever it is called."""
    kept = {"HUB_DATA": "x", "HUB_STORE_PORT": "1", "PATH": "p", "PYTHONPATH": "q"}
    names = ("HUB_IMAP_URL", "HUB_SMTP_URL", "HUB_ENVIRONMENT_URL", "HUB_NEW", "PGPASSWORD",
             "AWS_SECRET_ACCESS_KEY")  # fmt: skip
    left = dict.fromkeys(names, MARK)
    assert engine_environment(kept | left) == kept


def test_no_setting_that_holds_a_secret_is_kept() -> None:
    """And all that are kept are settings."""
    fields = Settings.model_fields
    assert fields.keys() >= KEPT_SETTINGS
    secret = {name for name, field in fields.items() if field.annotation is SecretStr}
    assert secret
    assert not secret & KEPT_SETTINGS


def test_a_start_by_hand_is_started_anew_without_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once: what a library adds afterwards does not start it again and again."""
    started: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execve", lambda _, words, given: started.append((words, given)))
    monkeypatch.setenv("HUB_IMAP_URL", MARK)
    cut_environment()
    ((words, given),) = started
    assert words[-2:] == ["hub.processes.serve", CUT]
    assert MARK not in given.values()
    monkeypatch.setattr(sys, "argv", words)
    cut_environment()
    assert len(started) == 1


def test_the_supervisor_starts_the_engine_before_the_pages_and_without_secrets() -> None:
    """The pages have all variables; with a ClickHouse server there is no engine to wall in."""
    started = {child.name: child for child in children(Settings())}
    assert list(started) == ["broker", "serve", "overview", "work", "intake", "feedback"]
    given = {"HUB_SMTP_URL": MARK, "HUB_DATA": "x"}
    assert started["serve"].environment(given) == {"HUB_DATA": "x"}
    assert started["overview"].environment(given) == given
    server = {child.name: child for child in children(Settings(clickhouse="http://x/"))}
    assert server["serve"].environment(given) == given
    assert server["serve"].ready == ""


def test_where_the_wall_is_required_nothing_starts_without(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By default it starts, and says what is missing and what to do."""

    def none_here(_: Openings) -> Wall:
        raise WallError("the kernel gives no Landlock (here)")

    monkeypatch.setattr(engine_wall, "close_off", none_here)
    wall = raise_wall(settings)
    assert str(wall) == "separate process only"
    told = capsys.readouterr()
    for word in ("wall_missing", "gives no Landlock (here)", "Linux 5.13"):
        assert word in told.out + told.err
    with pytest.raises(WallError, match=r"no Landlock \(here\)"):
        raise_wall(settings.model_copy(update={"wall": WallMode.REQUIRED}))


def test_a_secret_in_a_folder_that_stays_open_is_no_wall(
    settings: Settings, tmp_path: Path
) -> None:
    """A town around the data folder, and a key in the town, are named with the folder."""
    required = {"wall": WallMode.REQUIRED}
    with pytest.raises(WallError, match=r"session.key lies in .*move it elsewhere"):
        raise_wall(settings.model_copy(update={**required, "town": tmp_path}))
    key = settings.town / "own.key"
    with pytest.raises(WallError, match=r"town/own.key lies in"):
        raise_wall(settings.model_copy(update={**required, "key_file": key}))


@needs_landlock
def test_threads_that_run_already_would_not_be_bound(settings: Settings) -> None:
    """So it is refused, and this process is as open as before."""
    program = (
        "import threading\n"
        "from pathlib import Path\n"
        "from hub.security.landlock import Openings, WallError, close_off\n"
        "threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        "try: close_off(Openings((), ()))\n"
        "except WallError as error: print(error, Path('/proc/self/environ').read_bytes()[:0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.startswith("2 threads run already")
    assert openings(settings).bind == (18124,)
    assert close_off is engine_wall.close_off


@pytest.mark.parametrize(
    ("more", "ports"),
    [
        ({}, (18092,)),
        ({"wall_ports": "9092, 9093"}, (9092, 9093)),
        ({"kafka": "a:9092"}, None),
        ({"kafka": "a:9092", "wall_ports": "9092"}, (9092,)),
    ],
)
def test_ports_that_stay_open(
    settings: Settings, more: dict[str, str], ports: tuple[int, ...] | None
) -> None:
    """The embedded broker's; those of a cluster only where they are listed, as it may have any."""
    assert openings(settings.model_copy(update=more)).connect == ports


def test_ports_that_are_none_are_named(settings: Settings) -> None:
    """With the setting."""
    with pytest.raises(WallError, match="HUB_WALL_PORTS=9092;x"):
        openings(settings.model_copy(update={"wall_ports": "9092;x"}))


def test_brokers_are_reached_by_a_password_that_was_read_before(tmp_path: Path) -> None:
    """Its file can be closed to the process, or gone."""
    file = tmp_path / "password"
    file.write_text("word\n")
    settings = Settings(
        kafka="a:9092", kafka_security=KafkaSecurity.SASL_PLAINTEXT, kafka_user="hub",
        kafka_password_file=file,
    )  # fmt: skip
    preload_credentials(settings)
    file.unlink()
    assert options(settings)["sasl_plain_password"] == "word"
