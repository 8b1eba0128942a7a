"""`hub registers` 基础台账: loads the registers of a city from CSV, Excel and databases."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from hub.cli.groups import OrderedGroup
from hub.cli.numbers import ROWS
from hub.settings import Settings
from schemas.registers.document import DocumentKind
from schemas.registers.entry import RegisterKind

KIND = click.Choice([str(kind) for kind in RegisterKind])
DOCUMENT = click.Choice([str(kind) for kind in DocumentKind])
FILES = click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)


@click.group(cls=OrderedGroup)
def registers() -> None:
    """Load the base registers: people, organisations, premises, dwellings, households."""


@registers.command("template")
@click.argument("kind", type=KIND)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def template(kind: str, file: Path) -> None:
    """Write a workbook with the headers of a register and an example row."""
    from hub.admin.community.registers import write_template

    write_template(RegisterKind(kind), file)
    click.echo(f"wrote {file}; fill it in, and try it with hub registers check {kind} {file}")


@registers.command("check")
@click.argument("kind", type=KIND)
@FILES
@click.option("--json", "as_json", is_flag=True)
def check(kind: str, files: tuple[Path, ...], *, as_json: bool) -> None:
    """Say every fault of FILES with file and line, and load nothing; exit code 1 for faults."""
    from hub.admin.community.registers import check_register

    correct, sentence = check_register(
        Settings(), RegisterKind(kind), files, lambda finding: _print(finding, as_json=as_json)
    )
    click.echo(sentence, err=as_json)
    sys.exit(0 if correct else 1)


@registers.command("load")
@click.argument("kind", type=KIND)
@FILES
@click.option(
    "--full/--changes",
    "is_full",
    default=True,
    show_default=True,
    help="FILES are the whole register; or they have only what is new and changed.",
)
@click.option("--leave-out-bad", is_flag=True, help="Load the good rows beside bad ones.")
@click.option("--may-remove", is_flag=True, help="Allow a full load to remove any part of it.")
def load(
    kind: str, files: tuple[Path, ...], *, is_full: bool, leave_out_bad: bool, may_remove: bool
) -> None:
    """Check FILES and make them the next version of a register, as a whole or not at all."""
    from hub.admin.community.registers import load_register
    from hub.registers.check import Finding, Severity
    from hub.registers.load import Terms
    from hub.registers.tables import Way

    def report(finding: Finding) -> None:
        # Without this option the message of the refusal shows the faults.
        if leave_out_bad or finding.severity is Severity.NOTE:
            click.echo(str(finding), err=True)

    settings = _with_logs_on_stderr()
    terms = Terms(Way.FULL if is_full else Way.CHANGES, leave_out_bad, may_remove)
    click.echo(load_register(settings, RegisterKind(kind), files, terms, report))


@registers.command("versions")
@click.argument("kind", type=KIND, required=False)
@click.option("--limit", type=ROWS, default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def versions(kind: str | None, limit: int, *, as_json: bool) -> None:
    """List the versions of the registers, newest first: files, entries, what changed."""
    from hub.admin.ask import render_rows
    from hub.admin.community.registers import in_chinese, list_versions

    rows = list_versions(Settings(), kind or "", limit)
    click.echo(render_rows(rows if as_json else in_chinese(rows), as_json=as_json))


@registers.command("show")
@click.argument("kind", type=KIND)
@click.argument("id", required=False)
@click.option("--purpose", required=True, help="What it is opened for; the audit has it.")
@click.option("--document", type=DOCUMENT, help="Kind of document that ID is the number of.")
@click.option("--json", "as_json", is_flag=True)
def show(
    kind: str,
    id: str | None,  # noqa: A002
    purpose: str,
    document: str | None,
    *,
    as_json: bool,
) -> None:
    """Open one entry with its personal data, by ID number or code; the audit has a line first.

    Without ID the command asks for it, so that an ID number is not in the history of the shell.
    """
    from hub.admin.community.registers import show_entry

    typed = id or click.prompt("ID")
    by = DocumentKind(document) if document else None
    entry = show_entry(_with_logs_on_stderr(), RegisterKind(kind), typed, purpose, by)
    if as_json:
        click.echo(json.dumps(entry, ensure_ascii=False, default=str))
        return
    for name, value in entry.items():
        click.echo(f"{name}\t{_text(value)}")


def _with_logs_on_stderr() -> Settings:
    """Return the settings; log lines go to standard error, so the output is the answer alone."""
    from hub.runtime.log import set_up_logging

    settings = Settings()
    set_up_logging(settings, "registers")
    return settings


def _text(value: Any) -> str:
    return "|".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _print(finding: Any, *, as_json: bool) -> None:
    if not as_json:
        click.echo(str(finding))
        return
    fields = ("severity", "file", "position", "message")
    line = {name: str(getattr(finding, name)) for name in fields}
    click.echo(json.dumps(line, ensure_ascii=False))
