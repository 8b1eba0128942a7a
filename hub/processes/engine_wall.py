"""The wall around the engine 引擎围墙: what the process that executes the staff's SQL can reach.

The process reads the programs, the town's registers and some facts about the machine, and writes
the store's folder. Keys, the staff file, credentials and the journal are in the same data folder
and are closed to it. Before that, its environment is reduced to a reviewed list of variables,
because settings contain passwords.
"""

import os
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import structlog

from hub.runtime.paths import DataPaths
from hub.security.landlock import Openings, Wall, WallError, close_off, is_denied
from hub.settings import Settings
from hub.settings.store import WallMode

OWN_PACKAGES = ("hub", "schemas", "streams", "connectors")
SITE_FOLDERS = ("site-packages", "dist-packages")
LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo")
MACHINE_FILES = (
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys/vm/overcommit_memory",
    "/sys/devices/system",
    "/sys/fs/cgroup",
    "/sys/kernel/mm/transparent_hugepage/enabled",
)
"""Files from which the engine reads processors, memory and the limits of a container."""
AUXILIARY_VECTOR = Path("/proc/self/auxv")
"""File in which the engine looks up where the kernel has put its clock functions.

If it is closed, the engine looks behind the environment in memory. Python has moved the
environment by then, so that it reads any bytes as an address and crashes at some of its starts.
"""
NAME_RESOLUTION_FILES = (
    "/etc/gai.conf",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/resolv.conf",
    "/run/systemd/resolve",
)
"""Files that are needed to resolve the host names of brokers."""
DEVICES = ("/dev/null", "/dev/random", "/dev/urandom", "/dev/zero")

ALLOWED_SETTINGS = frozenset(
    {
        "data",
        "town",
        "host",
        "store_port",
        "health_port",
        "serve_port",
        "wall",
        "wall_ports",
        "sql_seconds",
        "sql_rows",
        "sql_memory",
        "kafka",
        "kafka_security",
        "kafka_ca",
        "kafka_cert",
        "kafka_cert_key",
        "kafka_sasl",
        "kafka_user",
        "kafka_password_file",
        "partitions",
        "broker_port",
        "clickhouse",
        "clickhouse_replicated",
        "key_file",
        "secrets_file",
        "feedback_file",
        "oidc_secret_file",
        "mutual_key",
        "sink_batch",
        "sink_linger",
        "duties_every",
        "parts_every",
        "keep_contacts",
        "keep_audit",
        "keep_rows",
        "rating_smallest",
        "rating_townships",
        "rating_township_weight",
        "log_level",
        "log_json",
        "metrics_token_file",
        "proxies",
    }
)
"""Settings of the engine's process: they contain paths of secret files, but no secrets.

`clickhouse` contains a password. If it is set, there is no embedded engine, and this process
executes no SQL of the staff.
"""
ALLOWED_VARIABLES = frozenset(
    {
        "HOME",
        "LANG",
        "LC_ALL",
        "LC_CTYPE",
        "PATH",
        "TZ",
        "TMPDIR",
        "LD_LIBRARY_PATH",
        "LD_PRELOAD",
        "PYTHONPATH",
        "PYTHONUNBUFFERED",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONWARNINGS",
        "VIRTUAL_ENV",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "OPENBLAS_NUM_THREADS",
        "PYPINYIN_NO_PHRASES",
        "MALLOC_ARENA_MAX",
        "MALLOC_CONF",
        "__CF_USER_TEXT_ENCODING",
    }
)
CUT = "environment-is-cut"
"""Argument of a process that was restarted with the reviewed variables only."""
ENVIRONMENT = Path("/proc/self/environ")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Trial:
    """One attempt of the walled process to open a secret file."""

    what: str
    denied: bool | None
    """None if the file does not exist."""


def engine_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables for the engine's process; those that are not reviewed are removed."""
    allowed = ALLOWED_VARIABLES | {f"HUB_{name.upper()}" for name in ALLOWED_SETTINGS}
    return {name: value for name, value in environment.items() if name.upper() in allowed}


def cut_environment() -> None:
    """Restart this program if its environment has variables that are not reviewed.

    A restart is necessary, because the environment with which a process was started stays readable
    in `/proc/self/environ`. The function does not return then.
    """
    environment = engine_environment(os.environ)
    # Only once: an imported library may add variables of its own.
    if environment.keys() != os.environ.keys() and CUT not in sys.argv:
        command = [sys.executable, "-m", "hub.processes.serve", CUT]
        os.execve(sys.executable, command, environment)  # noqa: S606 - this same program


def raise_wall(settings: Settings) -> Wall:
    """Raise the wall around this process and return it; log a warning if parts are missing.

    Raises `WallError` if the wall cannot be raised and `HUB_WALL=required` is set.
    """
    try:
        _check_overlap(settings)
        wall = close_off(openings(settings))
    except WallError as error:
        if settings.wall is WallMode.REQUIRED:
            raise
        log.warning(
            "wall_missing",
            why=str(error),
            stands=str(Wall()),
            advice="run on Linux 5.13 or later, in a container that allows Landlock;"
            " with HUB_WALL=required the process does not start without it",
        )
        return Wall(missing=str(error))
    log.info("wall_stands", wall=str(wall))
    return wall


def openings(settings: Settings) -> Openings:
    """Return what stays open to the engine's process; its own folders must exist."""
    schemes = ("stdlib", "platstdlib", "purelib", "platlib")
    programs = {Path(sysconfig.get_path(name)) for name in schemes}
    programs |= {Path(path) for path in sys.path if Path(path).name in SITE_FOLDERS}
    programs |= {Path(sys.base_prefix, "lib"), *_own_packages()}
    paths = DataPaths(settings.data)
    machine_files = [*map(Path, MACHINE_FILES), AUXILIARY_VECTOR]
    if not settings.embedded_broker:
        machine_files += map(Path, NAME_RESOLUTION_FILES)
    return Openings(
        read=(*sorted(programs), *map(Path, LIBRARIES), *machine_files, settings.town),
        write=(paths.clickhouse, paths.engine_scratch),
        devices=tuple(map(Path, DEVICES)),
        bind=tuple(port for port in (settings.store_port, settings.health_port) if port),
        connect=_ports(settings),
    )


def _own_packages() -> Iterator[Path]:
    for name in OWN_PACKAGES:
        spec = find_spec(name)
        for place in (spec and spec.submodule_search_locations) or ():
            yield Path(place)


def _ports(settings: Settings) -> tuple[int, ...] | None:
    """Return the ports to connect to, or None for any: a broker announces its own address."""
    ports = [port.strip() for port in settings.wall_ports.split(",") if port.strip()]
    if not all(port.isdecimal() and int(port) < 65536 for port in ports):
        detail = f"HUB_WALL_PORTS={settings.wall_ports} is no list of ports separated by commas"
        raise WallError(detail)
    if ports:
        return tuple(map(int, ports))
    return (settings.broker_port,) if settings.embedded_broker else None


def _check_overlap(settings: Settings) -> None:
    """Raise `WallError` if a secret file is in a folder that stays open."""
    opened = openings(settings)
    folders = [path.resolve() for path in (*opened.read, *opened.write) if path.exists()]
    for secret in secret_files(settings):
        for folder in folders:
            if secret.resolve().is_relative_to(folder):
                raise WallError(
                    f"{secret} lies in {folder}, which the engine reads: move it elsewhere"
                    " (HUB_DATA, HUB_TOWN and the files of keys must be in different folders)"
                )


def secret_files(settings: Settings) -> tuple[Path, ...]:
    """Return the files and folders that the engine must not read, existing or not."""
    configured = (
        settings.key_file,
        settings.secrets_file,
        settings.feedback_file,
        settings.mutual_key,
        settings.oidc_secret_file,
        settings.kafka_password_file,
        settings.kafka_cert_key,
        settings.metrics_token_file,
    )
    return (*DataPaths(settings.data).closed_to_engine, *filter(None, configured))


def try_wall(settings: Settings) -> list[Trial]:
    """Try to open each secret file and the environment from this process; return the results."""
    return [Trial(str(path), is_denied(path)) for path in (*secret_files(settings), ENVIRONMENT)]
