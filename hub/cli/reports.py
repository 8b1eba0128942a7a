"""`hub assess`, `digest`, `query`, `doctor` 报表与检查: figures, digests, SQL and checks."""

import sys
from typing import Any

import click

from hub.admin.ask import run_query
from hub.admin.assess import FIGURES
from hub.admin.assess import assess as render_assessment
from hub.admin.digest import FORMS, write_digest
from hub.admin.doctor import doctor_report
from hub.cli.numbers import DAY, FOLDER, parse_month
from hub.settings import Settings


@click.command()
@click.option(
    "--by",
    default="unit",
    show_default=True,
    type=click.Choice(["unit", "grid", "township", "worker"]),
)
@click.option("--month", default="", callback=parse_month, help="Such as 2026-11; default: all.")
@click.option("--figure", default="", type=click.Choice(["", *FIGURES]), help="Only this figure.")
@click.option("--of", default="", metavar="CODE", help="Only this unit, grid or township.")
@click.option("--list", "behind", is_flag=True, help="List the cases that are counted.")
@click.option("--json", "as_json", is_flag=True)
def assess(**options: Any) -> None:
    """Show the performance of units, grids and grid workers.

    The figures count cases done in time, returned cases, and the evaluations by citizens.
    """
    click.echo(render_assessment(Settings(), **options))


@click.command()
@click.option("--day", type=DAY, help="Default: yesterday in Beijing.")
@click.option("--case", default="", metavar="CASE_ID", help="A special digest of one case.")
@click.option("--matter", default="", help="A special digest of a category, or of a search text.")
@click.option(
    "--out", "folder", type=FOLDER, help="Folder of the files; default: digests in the data folder."
)
@click.option(
    "--form",
    "forms",
    multiple=True,
    type=click.Choice(FORMS),
    help="Only this form; may be repeated.",
)
def digest(**options: Any) -> None:
    """Write the daily digest 一日一研判, or a special one.

    It shows matters that increase, repeat or are overdue.
    """
    for path in write_digest(Settings(), **options):
        click.echo(path)


@click.command()
@click.argument("sql")
@click.option("--format", "form", default="PrettyCompactMonoBlock", show_default=True)
def query(sql: str, form: str) -> None:
    """Query the store in SQL, read-only."""
    click.echo(run_query(Settings(), sql, form), nl=False)


@click.command()
@click.option("--json", "as_json", is_flag=True)
def doctor(*, as_json: bool) -> None:
    """Check this machine, and list each problem with its remedy.

    The checks are ports, disk, clock, versions, topics, journal, wall and lag.
    """
    healthy, report = doctor_report(Settings(), as_json=as_json)
    click.echo(report)
    sys.exit(0 if healthy else 1)
