"""The wall around the engine 引擎围墙: what the process that runs the staff's SQL can reach.

It reads the programs, the town's registers and a few facts of the machine, and writes the store's
folder. Keys, staff, credentials and the journal lie in the same data folder and are closed to it.
Its environment is cut to a reviewed list before, since settings hold passwords too.
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
SITES = ("site-packages", "dist-packages")
LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo")
FACTS = (
    "/etc/ld.so.cache", "/etc/localtime", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat",
    "/proc/sys/vm/overcommit_memory", "/sys/devices/system", "/sys/fs/cgroup",
    "/sys/kernel/mm/transparent_hugepage/enabled",
)  # fmt: skip
"""What the engine asks of the machine: processors, memory, the limits of a container."""
NAMES = (
    "/etc/gai.conf", "/etc/host.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/resolv.conf",
    "/run/systemd/resolve",
)  # fmt: skip
"""What it takes to find brokers by their names."""
DEVICES = ("/dev/null", "/dev/random", "/dev/urandom", "/dev/zero")

ALLOWED_SETTINGS = frozenset({
    "data", "town", "host", "store_port", "health_port", "serve_port", "wall", "wall_ports",
    "sql_seconds", "sql_rows", "sql_memory", "kafka", "kafka_security", "kafka_ca", "kafka_cert",
    "kafka_cert_key", "kafka_sasl", "kafka_user", "kafka_password_file", "broker_port",
    "clickhouse", "clickhouse_replicated", "key_file", "secrets_file", "feedback_file",
    "oidc_secret_file", "mutual_key", "sink_batch", "sink_linger", "duties_every", "parts_every",
    "keep_contacts", "keep_audit", "keep_rows", "log_level", "log_json", "metrics_token_file",
    "proxies",
})  # fmt: skip
"""Settings that the engine's process is started with: names of files, and no secret itself.

`clickhouse` holds a password; with it there is no embedded engine and nobody's SQL to wall in.
"""
ALLOWED_VARIABLES = frozenset({
    "HOME", "LANG", "LC_ALL", "LC_CTYPE", "PATH", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "LD_PRELOAD",
    "PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PYTHONWARNINGS", "VIRTUAL_ENV",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "OPENBLAS_NUM_THREADS", "PYPINYIN_NO_PHRASES",
    "MALLOC_CONF", "__CF_USER_TEXT_ENCODING",
})  # fmt: skip
CUT = "environment-is-cut"
"""Argument of a program that was started with the reviewed variables."""
ENVIRONMENT = Path("/proc/self/environ")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Trial:
    """One attempt of the walled process to reach what it should not."""

    what: str
    denied: bool | None
    """None: it is not there."""


def engine_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that the engine's process is started with; all others are left out."""
    kept = ALLOWED_VARIABLES | {f"HUB_{name.upper()}" for name in ALLOWED_SETTINGS}
    return {name: value for name, value in environment.items() if name.upper() in kept}


def cut_environment() -> None:
    """Start this program anew where its environment has more than the engine needs.

    Does not return then: what a process was started with stays readable in it for ever.
    """
    environment = engine_environment(os.environ)
    # Once only: a library that is imported may add variables of its own.
    if environment.keys() != os.environ.keys() and CUT not in sys.argv:
        command = [sys.executable, "-m", "hub.processes.serve", CUT]
        os.execve(sys.executable, command, environment)  # noqa: S606 - this same program


def raise_wall(settings: Settings) -> Wall:
    """Close the engine's process off and return what stands; logs what is missing.

    Raises `WallError` where it cannot stand and `HUB_WALL=required` asks for it.
    """
    try:
        _check_overlap(settings)
        wall = close_off(openings(settings))
    except WallError as error:
        if settings.wall is WallMode.REQUIRED:
            raise
        log.warning(
            "wall_missing", why=str(error), stands=str(Wall()),
            advice="run on Linux 5.13 or later, in a container that allows Landlock;"
            " HUB_WALL=required does not start without",
        )  # fmt: skip
        return Wall(missing=str(error))
    log.info("wall_stands", wall=str(wall))
    return wall


def openings(settings: Settings) -> Openings:
    """Return what the engine's process keeps; its own folders must be there."""
    programs = {Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib",
                                                            "platlib")}  # fmt: skip
    programs |= {Path(path) for path in sys.path if Path(path).name in SITES}
    programs |= {Path(sys.base_prefix, "lib"), *_own_packages()}
    paths = DataPaths(settings.data)
    facts = FACTS if settings.embedded_broker else FACTS + NAMES
    return Openings(
        read=(*sorted(programs), *map(Path, LIBRARIES), *map(Path, facts), settings.town),
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
    """Return the ports to connect to; None: any, since brokers say themselves where they are."""
    listed = [one.strip() for one in settings.wall_ports.split(",") if one.strip()]
    if not all(one.isdecimal() and int(one) < 65536 for one in listed):
        raise WallError(f"HUB_WALL_PORTS={settings.wall_ports} is no list of ports, by commas")
    if listed:
        return tuple(map(int, listed))
    return (settings.broker_port,) if settings.embedded_broker else None


def _check_overlap(settings: Settings) -> None:
    """Raise `WallError` where a secret lies in a folder that stays open."""
    opened = openings(settings)
    folders = [path.resolve() for path in (*opened.read, *opened.write) if path.exists()]
    for secret in secret_files(settings):
        for folder in folders:
            if secret.resolve().is_relative_to(folder):
                raise WallError(
                    f"{secret} lies in {folder}, which the engine reads: move it elsewhere"
                    " (HUB_DATA, HUB_TOWN and the files of keys are apart)"
                )


def secret_files(settings: Settings) -> tuple[Path, ...]:
    """Return the files and folders that the engine must not read, there or not."""
    named = (
        settings.key_file, settings.secrets_file, settings.feedback_file, settings.mutual_key,
        settings.oidc_secret_file, settings.kafka_password_file, settings.kafka_cert_key,
        settings.metrics_token_file,
    )  # fmt: skip
    return (*DataPaths(settings.data).closed_to_engine, *(path for path in named if path))


def try_wall(settings: Settings) -> list[Trial]:
    """Try to open each secret and the environment from this process; return what came of it."""
    return [Trial(str(path), is_denied(path)) for path in (*secret_files(settings), ENVIRONMENT)]
