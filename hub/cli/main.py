"""`hub`: the command line 命令行, a table of contents of the commands."""

import errno
import os
from typing import Any

import click

from hub.cli.groups import LazyCommand, LazyGroup
from hub.runtime.environment import tune_libraries
from hub.runtime.errors import HubError, sentence_of

SECTIONS = {
    "Run the hub": (
        LazyCommand("up", "run", "Run the whole hub on this machine until Ctrl-C."),
        LazyCommand("intake", "run", "Run the intake, with the journal and the publisher."),
        LazyCommand("work", "run", "Run a stream worker; start more to share the partitions."),
        LazyCommand("sink", "run", "Run only the sink, for a ClickHouse server."),
        LazyCommand("overview", "run", "Run the web pages, the log-in and the staff's SQL port."),
        LazyCommand("serve", "run", "Run the embedded store and the sink in a restricted process."),
        LazyCommand(
            "province",
            "setup.province",
            "Show several cities on one page, and let a province read this city's figures.",
        ),
        LazyCommand(
            "status", "setup.status", "Show processes, what waits, cases and channels at one look."
        ),
        LazyCommand("alive", "run", "Check that the process of this container works."),
        LazyCommand(
            "backup", "setup.backup", "Copy everything that the hub must keep; it may run."
        ),
        LazyCommand("restore", "setup.backup", "Restore a backup into an empty data folder."),
        LazyCommand(
            "doctor", "reports", "Check this machine, and list each problem with its remedy."
        ),
    ),
    "Set up a city": (
        LazyCommand(
            "init", "setup.city", "Make the folder of a city from tables, or from templates."
        ),
        LazyCommand(
            "preview", "setup.city", "Show what the hub would do with an export of a channel."
        ),
        LazyCommand("channel", "setup.channel", "Switch channels on one by one, and try them."),
        LazyCommand(
            "registers",
            "setup.registers",
            "Load the base registers: people, organisations, premises, dwellings, households.",
        ),
    ),
    "Messages": (
        LazyCommand("send", "messages", "Send FILES as signed messages of CHANNEL."),
        LazyCommand("rejected", "messages", "List, show and replay rejected messages."),
        LazyCommand(
            "feedback", "messages", "Send feedback to the channels, or list undelivered feedback."
        ),
        LazyCommand(
            "replay", "replay", "Rebuild tables from the received data, with the hub stopped."
        ),
        LazyCommand("notices", "notices", "Tell group chats and mailboxes what is new or late."),
        LazyCommand("webhooks", "webhooks", "Send entries of cases to other programs by HTTP."),
        LazyCommand(
            "reroute",
            "replay",
            "Move the cases of a cluster to the partitions of their cities, once.",
        ),
        LazyCommand("topics", "replay", "Publish again what the topics have lost."),
    ),
    "Cases and rules": (
        LazyCommand("cases", "cases", "Show cases, and send commands such as accept and resolve."),
        LazyCommand("patrols", "community.patrols", "Show patrols and visits, due and done."),
        LazyCommand(
            "tasks",
            "community.tasks",
            "Register tasks that departments hand down, decide about them, show the burden index.",
        ),
        LazyCommand(
            "projects",
            "community.projects",
            "Register the projects of villages and quarters, and list them.",
        ),
        LazyCommand(
            "deliberations",
            "community.deliberations",
            "List the topics on the agenda of villages and quarters.",
        ),
        LazyCommand("rules", "rules", "Check, test and reload the rules of assignment."),
        LazyCommand("learn", "learn", "Learn from the decisions of the city's people."),
        LazyCommand("places", "learn", "Show place names that reports have and the town lacks."),
        LazyCommand("assess", "reports", "Show the performance of units, grids and grid workers."),
        LazyCommand("digest", "reports", "Write the daily digest 一日一研判, or a special one."),
        LazyCommand("query", "reports", "Query the store in SQL, read-only."),
    ),
    "Access and secrets": (
        LazyCommand("callers", "people", "List, add and remove the systems that send commands."),
        LazyCommand("staff", "people", "List, add and remove the people who log in."),
        LazyCommand("audit", "people", "Check that the audit is complete and unchanged."),
        LazyCommand("credentials", "keys", "List, rotate and retire the channels' credentials."),
        LazyCommand("keys", "keys", "List, rotate and drop the keys that seal personal data."),
    ),
    "Try and measure": (
        LazyCommand(
            "completion", "setup.status", "Print a script by which the shell completes commands."
        ),
        LazyCommand(
            "demo", "measure.lab", "Run one day of the shipped town through all 15 sources."
        ),
        LazyCommand(
            "simulate", "measure.lab", "Send realistic messages of all sources to a running hub."
        ),
        LazyCommand("dedup", "measure.lab", "Measure how well reports of one matter are merged."),
        LazyCommand("real", "measure.lab", "Measure on real texts that people have labelled."),
        LazyCommand(
            "assign", "measure.lab", "Measure how well places, categories and units are found."
        ),
        LazyCommand(
            "firms", "measure.firms", "Measure how well the firm that a report names is found."
        ),
        LazyCommand(
            "bench",
            "measure.lab",
            "Measure throughput and latency, and compare with other libraries.",
        ),
    ),
}


class CommandLine(LazyGroup):
    """The command line: shows an error of the hub as one sentence, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a `HubError` ends it with its sentence and exit code 1.

        So does an `OSError` about a path. One without a path, as of a connection, may be a defect
        and keeps its traceback; click itself handles a closed pipe.

        Warns of misspelt settings first.
        """
        # The settings take a quarter of a second to import, which `hub --help` does not need.
        from hub.settings import Settings
        from hub.settings.spelling import unknown_variables

        for variable in unknown_variables(os.environ, Settings.model_fields):
            click.echo(f"hub: warning: {variable}", err=True)
        try:
            return super().invoke(ctx)
        except HubError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            if error.filename is None and error.errno != errno.ENOSPC:
                raise
            raise click.ClickException(sentence_of(error)) from error


@click.group(
    cls=CommandLine, sections=SECTIONS, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="minqing-hub")
def cli() -> None:
    """民情枢纽: merges the reports of all channels into cases, and follows them to an answer."""


def main() -> None:
    """Run the command line."""
    tune_libraries()
    cli(standalone_mode=True)


if __name__ == "__main__":
    main()
