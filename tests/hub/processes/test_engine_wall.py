"""The wall around the engine's process: it holds even for statements that pass every guard."""

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
    ALLOWED_SETTINGS,
    CUT,
    cut_environment,
    engine_environment,
    openings,
    raise_wall,
    secret_files,
    try_wall,
)
from hub.processes.supervisor import children
from hub.runtime.paths import DataPaths
from hub.security.landlock import Openings, Wall, WallError, close_off
from hub.settings import Settings
from hub.settings.kafka import KafkaSecurity
from hub.settings.store import WallMode
from hub.settings.town import SHIPPED_TOWN
from tests.integration.parts import environment

MARK = "MARK-7f3c"
needs_landlock = pytest.mark.skipif(
    not landlockpy.supported(), reason="this kernel has no Landlock"
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return the settings of a hub whose secret files all contain the mark."""
    settings = Settings(
        data=tmp_path / "data",
        town=tmp_path / "town",
        key_file=tmp_path / "keys" / "own.key",
        secrets_file=tmp_path / "keys" / "own.yaml",
        store_port=18124,
        broker_port=18092,
    )
    shutil.copytree(SHIPPED_TOWN, settings.town)
    paths = DataPaths(settings.data)
    for folder in (paths.clickhouse, paths.engine_scratch, tmp_path / "keys"):
        folder.mkdir(parents=True)
    for path in secret_files(settings):
        if path.suffix:
            path.write_text(MARK)
        else:
            path.mkdir()
            (path / "inside").write_text(MARK)
    (paths.clickhouse / "link").symlink_to("../session.key")
    return settings


@needs_landlock
def test_the_wall_holds_behind_every_guard(settings: Settings) -> None:
    """Neither Python nor the engine reaches a file, folder, port, program or signal outside."""
    variables = environment(
        data=settings.data,
        town=settings.town,
        key_file=settings.key_file,
        secrets_file=settings.secrets_file,
        store_port=18124,
        broker_port=18092,
        wall="required",
        imap_url=f"imaps://a:{MARK}@host/",
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "tests.hub.processes.walled", str(port)],
            env=variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
    results = json.loads(done.stdout.splitlines()[-1])
    assert results[0][2].startswith("landlock abi ")
    assert len(results) > 50
    assert [result for result in results if not result[1]] == []
    files = [row for row in results if row[0].startswith(("open ", "file() ", "table file() "))]
    assert [row for row in files if "ermission denied" not in row[2]] == []
    assert MARK not in done.stdout + done.stderr
    assert not (settings.data / "planted").exists()


@needs_landlock
def test_a_trial_of_the_wall_reports_open_files(settings: Settings) -> None:
    """Without a wall every existing secret file is reported as open."""
    (settings.data / "journal.db").unlink()
    denied = {Path(trial.what).name: trial.denied for trial in try_wall(settings)}
    assert denied["session.key"] is False
    assert denied["own.key"] is False
    assert denied["drop"] is False
    assert denied["environ"] is False
    assert denied["journal.db"] is None


def test_the_engine_starts_with_reviewed_variables() -> None:
    """Every variable that is not on the list is removed."""
    allowed = {"HUB_DATA": "x", "HUB_STORE_PORT": "1", "PATH": "p", "PYTHONPATH": "q"}
    hub = ("HUB_IMAP_URL", "HUB_SMTP_URL", "HUB_ENVIRONMENT_URL", "HUB_NEW")
    others = dict.fromkeys((*hub, "PGPASSWORD", "AWS_SECRET_ACCESS_KEY"), MARK)
    assert engine_environment(allowed | others) == allowed


def test_no_setting_with_a_secret_is_allowed() -> None:
    """All names on the list are settings, and none of them is a secret."""
    fields = Settings.model_fields
    assert fields.keys() >= ALLOWED_SETTINGS
    secret = {name for name, field in fields.items() if field.annotation is SecretStr}
    assert secret
    assert not secret & ALLOWED_SETTINGS


def test_a_start_by_hand_restarts_with_the_reviewed_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It restarts only once: variables that a library adds later cause no loop."""
    started: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(
        os, "execve", lambda _, command, variables: started.append((command, variables))
    )
    monkeypatch.setenv("HUB_IMAP_URL", MARK)
    cut_environment()
    ((command, variables),) = started
    assert command[-2:] == ["hub.processes.serve", CUT]
    assert MARK not in variables.values()
    monkeypatch.setattr(sys, "argv", command)
    cut_environment()
    assert len(started) == 1


def test_the_supervisor_starts_the_engine_before_the_pages_and_without_secrets() -> None:
    """The pages get all variables, as does a sink that needs no wall with a ClickHouse server."""
    started = {child.name: child for child in children(Settings())}
    assert list(started) == ["broker", "serve", "overview", "work", "intake", "feedback"]
    variables = {"HUB_SMTP_URL": MARK, "HUB_DATA": "x"}
    assert started["serve"].environment(variables) == {"HUB_DATA": "x"}
    assert started["overview"].environment(variables) == variables
    server = {child.name: child for child in children(Settings(clickhouse="http://x/"))}
    assert server["serve"].environment(variables) == variables
    assert server["serve"].ready == ""


def test_a_required_wall_prevents_a_start_without_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By default the process starts, and logs the missing part and the remedy."""

    def no_landlock(_: Openings) -> Wall:
        raise WallError("the kernel does not offer Landlock (test)")

    monkeypatch.setattr(engine_wall, "close_off", no_landlock)
    wall = raise_wall(settings)
    assert str(wall) == "separate process only"
    output = capsys.readouterr()
    for word in ("wall_missing", "does not offer Landlock (test)", "Linux 5.13"):
        assert word in output.out + output.err
    with pytest.raises(WallError, match=r"not offer Landlock \(test\)"):
        raise_wall(settings.model_copy(update={"wall": WallMode.REQUIRED}))


def test_a_secret_in_an_open_folder_is_an_error(settings: Settings, tmp_path: Path) -> None:
    """The message names the secret and the open folder that it lies in."""
    required = {"wall": WallMode.REQUIRED}
    with pytest.raises(WallError, match=r"session.key lies in .*move it elsewhere"):
        raise_wall(settings.model_copy(update={**required, "town": tmp_path}))
    key = settings.town / "own.key"
    with pytest.raises(WallError, match=r"town/own.key lies in"):
        raise_wall(settings.model_copy(update={**required, "key_file": key}))


@needs_landlock
def test_the_wall_needs_a_single_thread(settings: Settings) -> None:
    """Other threads would stay open, so the call fails and changes nothing."""
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
    assert done.stdout.startswith("2 threads already run")
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
    """Open are the embedded broker's port, the listed ports, or any port of a cluster."""
    assert openings(settings.model_copy(update=more)).connect == ports


def test_an_invalid_list_of_ports_is_refused(settings: Settings) -> None:
    """The message names the setting."""
    with pytest.raises(WallError, match="HUB_WALL_PORTS=9092;x"):
        openings(settings.model_copy(update={"wall_ports": "9092;x"}))


def test_the_password_of_the_brokers_is_read_before_the_wall(tmp_path: Path) -> None:
    """Later its file may be closed to the process, or deleted."""
    file = tmp_path / "password"
    file.write_text("word\n")
    settings = Settings(
        kafka="a:9092",
        kafka_security=KafkaSecurity.SASL_PLAINTEXT,
        kafka_user="hub",
        kafka_password_file=file,
    )
    preload_credentials(settings)
    file.unlink()
    assert options(settings)["sasl_plain_password"] == "word"
