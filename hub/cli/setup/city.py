"""`hub init`, `preview` 本地化: make a city's folder, and try its data without running anything."""

import sys
from pathlib import Path

import click

from hub.runtime.errors import HubError
from hub.settings import Settings
from schemas.channel import Channel
from schemas.reports.fact import Datum
from schemas.town.register import Area

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
CHANNEL = click.Choice([str(channel) for channel in Channel])


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="Only check the folder; exit code 1 for errors.")
@click.option("--ask", is_flag=True, help="Ask for the areas instead of reading a table.")
@click.option("--areas", type=FILE, help="Table with 代码 and 名称 of all areas.")
@click.option("--grids", type=FILE, help="Grids as GeoJSON or Shapefile; else one a community.")
@click.option("--units", type=FILE, help="Table of the units; else the usual ones.")
@click.option("--duties", type=FILE, help="Table of the duty lists; else the usual ones.")
@click.option("--places", type=FILE, help="Table of place names.")
@click.option("--workers", type=FILE, help="Table of the grid workers.")
@click.option("--staff", type=FILE, help="Table of the people who log in.")
@click.option("--certificates", type=FILE, help="List of certificates, kept or cancelled.")
@click.option("--admissions", type=FILE, help="List of tasks that departments may hand down.")
@click.option(
    "--datum",
    type=click.Choice([str(datum) for datum in Datum]),
    default=str(Datum.WGS84),
    show_default=True,
    help="Coordinates of --grids: gcj02 of Amap and Tencent, bd09 of Baidu.",
)
@click.option("--replace", is_flag=True, help="Replace files of the folder that are there.")
def init(
    folder: Path, *, check: bool, ask: bool, datum: str, replace: bool, **files: Path | None
) -> None:
    """Make the folder of a city from tables, or from templates.

    Without any table it writes templates first; fill in areas.xlsx at least, and run it again.
    Files that are in the folder are kept. It ends with a check of the whole folder.
    """
    from hub.setup.folder import CityFolder, Sources
    from hub.setup.templates import write_templates
    from hub.town.check import render_findings
    from hub.town.check_files import check_every_file

    if not check:
        areas = _asked() if ask else ()
        named = {name: path for name, path in files.items() if path}
        if not areas and not named and not _filled(folder):
            for path in write_templates(folder):
                click.echo(f"wrote {path}")
            click.echo("fill in areas.xlsx, and what you have of the others; then run it again")
            return
        sources = Sources({**_in_folder(folder), **named}, areas, Datum(datum), replace)
        city = CityFolder(folder, sources)
        city.make()
        for name in city.written:
            click.echo(f"wrote {folder / name}")
        for name in city.kept:
            click.echo(f"kept {folder / name}")
    correct, report = render_findings(check_every_file(folder), as_json=False)
    click.echo(report)
    if correct and not check:
        click.echo(f"try last month's data: hub preview FILE --channel CHANNEL --town {folder}")
    sys.exit(0 if correct else 1)


def _filled(folder: Path) -> bool:
    """Whether the folder has an areas.csv, or a template that was filled in."""
    from hub.setup.divisions import read_areas

    if (folder / "areas.csv").exists():
        return True
    path = folder / "areas.xlsx"
    return path.is_file() and bool(read_areas(path))


def _in_folder(folder: Path) -> dict[str, Path]:
    """Return the filled-in templates of a folder, by the name of their table."""
    from hub.setup.folder import TABLES

    templates = {name: folder / f"{name}.xlsx" for name in TABLES}
    return {name: path for name, path in templates.items() if path.is_file()}


def _asked() -> tuple[Area, ...]:
    """Ask for the areas, one a line, until an empty line."""
    from hub.setup.divisions import areas_of

    click.echo("one area a line: its code and its name, as 429999 清河县; an empty line ends")
    entries = []
    while line := click.prompt("area", default="", show_default=False).strip():
        code, _, name = line.partition(" ")
        entries.append((code, name.strip() or code))
    return areas_of(entries)


@click.command()
@click.argument("file", type=FILE)
@click.option("--channel", required=True, type=CHANNEL)
@click.option(
    "--town",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the city; default: HUB_TOWN.",
)
@click.option(
    "--csv",
    "target",
    type=click.Path(path_type=Path),
    help="New file for all rows; it has citizens' words.",
)
@click.option(
    "--lines",
    type=click.IntRange(1, 100_000),
    default=20,
    show_default=True,
    help="Rows to show.",
)
def preview(
    file: Path, *, channel: str, town: Path | None, target: Path | None, lines: int
) -> None:
    """Show what the hub would do with an export of a channel.

    Nothing runs, and nothing is kept. FILE is a message of the channel in its own form, or a table
    (.xlsx, .xls, .csv) whose columns have the names of the channel's fields, or of its mapping.
    """
    from hub.setup.new_table import write_new_table
    from hub.setup.preview import as_table, preview_file, render

    settings = Settings()
    if target and target.exists():
        raise HubError(f"{target} is there already; name a new file")
    rows = preview_file(settings.model_copy(update={"town": town or settings.town}), channel, file)
    click.echo(render(rows, lines))
    if target:
        write_new_table(target, as_table(rows))
        click.echo(f"wrote {target}")
