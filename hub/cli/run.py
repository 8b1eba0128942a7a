"""`hub up`, `intake`, `work`, … 运行: the processes of a hub.

Each command imports its process when it runs, so a process loads only its own libraries.
"""

import asyncio
import sys

import click

from hub.settings import Settings


@click.command()
def up() -> None:
    """Run the whole hub on this machine until Ctrl-C."""
    from hub.processes.up import up as run_all

    asyncio.run(run_all(Settings()))


@click.command()
def intake() -> None:
    """Run the intake, with the journal and the publisher.

    It takes messages by HTTP, files, mail, polling and Kafka.
    """
    from hub.processes.intake import run

    asyncio.run(run(Settings()))


@click.command()
def work() -> None:
    """Run a stream worker; start more to share the partitions."""
    from hub.processes.worker import run

    run(Settings())


@click.command()
def sink() -> None:
    """Run only the sink, for a ClickHouse server."""
    from hub.processes.sink import run

    asyncio.run(run(Settings()))


@click.command()
def overview() -> None:
    """Run the web pages, the log-in and the staff's SQL port.

    It queries the embedded store of `hub serve`, or the ClickHouse server.
    """
    from hub.processes.overview import run

    asyncio.run(run(Settings()))


@click.command()
def serve() -> None:
    """Run the embedded store and the sink in a restricted process.

    The process cannot read the keys and the accounts of the staff.
    """
    from hub.processes.serve import main

    main()


@click.command()
def alive() -> None:
    """Check that the process of this container works.

    For health checks: exit code 1 if its event loop does not answer.
    """
    from hub.runtime.health import ask

    healthy, answer = ask(Settings())
    click.echo(answer, err=not healthy)
    sys.exit(0 if healthy else 1)
