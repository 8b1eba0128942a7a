"""`hub province demo` 三市演示: starts three small cities and the page above them, until Ctrl-C."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import click

from hub.lab.ports import free_port, server_ports
from hub.lab.province.towns import CITIES, DemoCity, write_town
from hub.province.readers import add_reader, load_readers, remove_reader
from hub.runtime.errors import HubError
from hub.runtime.private_file import write_private
from hub.settings import Settings
from hub.settings.accounts import PublicView

READY_SECONDS = 180.0
PAUSE = 0.5
READER = "province demo"
HEADER = ("code", "name", "address", "token_file", "inhabitants")
STOP_SECONDS = 40.0


def run_demo(folder: Path, *, once: bool) -> int:
    """Run the demo in a folder; return exit code 0 only if every city was read.

    Raises `HubError` if a city or the page does not start.
    """
    # Python ends on SIGTERM without running `finally`, and the cities would stay behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    folder = folder.absolute()
    with ExitStack() as running:
        try:
            addresses = [_start_city(city, folder, running) for city in CITIES]
            page = _start_page(_write_list(folder, addresses), folder, running)
            cities = _wait_until_read(page)
            _show(page, addresses, cities)
            if not once:
                click.echo("\nhub: running until Ctrl-C", err=True)
                signal.pause()
        except KeyboardInterrupt:
            click.echo("hub: stopping", err=True)
            return 0
    return 1 if any(city["fault"] or not city["figures"] for city in cities) else 0


def _start_city(city: DemoCity, folder: Path, running: ExitStack) -> str:
    """Give a city its town, its weeks and its processes; return the address of its overview."""
    place = folder / city.code
    write_town(city, place / "town")
    ports = server_ports()
    environment = _environment(place / "var", ports, HUB_TOWN=str(place / "town"))
    click.echo(f"hub: {city.name}: writing the weeks before, some seconds", err=True)
    past = [sys.executable, "-m", "hub.lab.simulate.store_past", "--seed", str(city.seed)]
    done = subprocess.run(past, check=False, env=environment)  # noqa: S603 - our own program
    if done.returncode:
        raise HubError(f"{city.name}: the weeks before could not be written; see above")
    process = _start("hub.lab.province.city", (), environment, running)
    address = f"http://127.0.0.1:{ports['HUB_OVERVIEW_PORT']}"
    _wait_ready(f"{address}/healthz", process, city.name)
    return address


def _write_list(folder: Path, addresses: Sequence[str]) -> Path:
    """Draw a token in each city, and write the list that the province reads; return its path."""
    tokens = folder / "tokens"
    tokens.mkdir(exist_ok=True, mode=0o700)
    path = folder / "cities.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(HEADER)
        for city, address in zip(CITIES, addresses, strict=True):
            own = Settings(data=folder / city.code / "var")
            if any(reader.name == READER for reader in load_readers(own)):
                remove_reader(own, READER)
            write_private(tokens / city.code, add_reader(own, READER))
            token_file = f"tokens/{city.code}"
            table.writerow((city.code, city.name, address, token_file, city.inhabitants))
    return path


def _start_page(cities: Path, folder: Path, running: ExitStack) -> str:
    """Start the page over the cities; return its address."""
    port = free_port()
    environment = _environment(
        folder / "province",
        {"HUB_PROVINCE_PORT": str(port)},
        HUB_PROVINCE_CITIES=str(cities),
        HUB_PROVINCE_EVERY="15",
        HUB_OUTBOUND_NETWORKS="127.0.0.0/8",
    )
    process = _start("hub.cli.main", ("province", "run"), environment, running)
    page = f"http://127.0.0.1:{port}"
    _wait_ready(f"{page}/healthz", process, "the page")
    return page


def _environment(folder: Path, ports: Mapping[str, str], **more: str) -> dict[str, str]:
    """Return our environment for a process with a data folder of its own."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    own = {"HUB_DATA": str(folder), "HUB_LOG_LEVEL": "error", "HUB_PUBLIC": PublicView.FIGURES}
    return {**os.environ, **own, **ports, **more}


def _start(
    module: str, arguments: Sequence[str], environment: Mapping[str, str], running: ExitStack
) -> subprocess.Popen[bytes]:
    """Start a process that ends with the demo."""
    command = [sys.executable, "-m", module, *arguments]
    process = subprocess.Popen(command, env=environment)  # noqa: S603 - our own program
    running.callback(_stop, process)
    return process


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_ready(url: str, process: subprocess.Popen[bytes], name: str) -> None:
    """Wait until a process answers; raises `HubError` if it ends or is late."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise HubError(f"{name} ended with {process.returncode}; see above")
        try:
            with urlopen(url, timeout=2):  # noqa: S310 - our own loopback address
                return
        except (URLError, OSError):
            time.sleep(PAUSE)
    raise HubError(f"{name} was not ready after {READY_SECONDS:.0f} s")


def _wait_until_read(page: str) -> list[dict[str, Any]]:
    """Return the cities as the page knows them, when each was read or could not be."""
    deadline = time.monotonic() + READY_SECONDS
    cities: list[dict[str, Any]] = []
    while time.monotonic() < deadline:
        with urlopen(f"{page}/api/cities", timeout=5) as answer:  # noqa: S310 - the same
            cities = json.loads(answer.read())["cities"]
        if all(city["figures"] for city in cities) or any(city["fault"] for city in cities):
            break
        time.sleep(PAUSE)
    return cities


def _show(page: str, addresses: Sequence[str], cities: Sequence[Mapping[str, Any]]) -> None:
    """Print the addresses, and how each city was read."""
    for address, city in zip(addresses, cities, strict=True):
        outcome = city["fault_text"] or f"read, {city['age_seconds']} s old"
        click.echo(f"{city['name']} {city['code']}: {address}/ ({outcome})")
    click.echo(f"province: {page}/ and {page}/api/cities")
    click.echo("the demo shows figures without log-in (HUB_PUBLIC=figures); a province does not")
