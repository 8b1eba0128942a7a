"""`hub learn`, `places` 学习与地名: learn from the decisions of the city, and names of places."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from hub.accounts.audit import AuditAction
from hub.admin.ask import open_reader, render_rows
from hub.admin.progress_bar import progress_bar
from hub.cli.groups import OrderedGroup
from hub.cli.numbers import ROWS
from hub.settings import Settings

if TYPE_CHECKING:
    from hub.learning.places.new_places import FoundName

DAYS = click.IntRange(1, 36_500)


@click.group(cls=OrderedGroup)
def learn() -> None:
    """Learn from the decisions of the city's people.

    In this order: collect, train, show, adopt; then back, if you want the former models again.
    """


@learn.command("collect")
@click.option("--days", type=DAYS, default=730, show_default=True, help="Cases changed since.")
@click.option("--json", "as_json", is_flag=True)
def collect(days: int, *, as_json: bool) -> None:
    """Write what people decided (categories, units, merges, splits) to HUB_DATA/learning."""
    from hub.learning.collect import collect as collect_decisions
    from hub.learning.decisions import decisions_path
    from hub.learning.sql import COUNT

    settings, since = Settings(), datetime.now(UTC) - timedelta(days=days)
    with open_reader(settings) as reader, progress_bar() as bar:
        total = int(reader.rows(COUNT, {"since": since})[0]["n"])
        task = bar.add_task("cases", total=total)
        counts = collect_decisions(settings, reader, since, lambda cases: bar.advance(task, cases))
    rows = [{"decision": name, "number": counts[name]} for name in sorted(counts)]
    click.echo(render_rows(rows, as_json=as_json))
    if not as_json:
        click.echo(f"written to {decisions_path(settings)}")


@learn.command("train")
@click.option("--json", "as_json", is_flag=True)
def train(*, as_json: bool) -> None:
    """Make a new version and measure it on the last month; refuses if it is not better."""
    from hub.lab.simulate.language.shipped_texts import shipped_texts
    from hub.learning.train import train as train_version

    with progress_bar() as bar:
        task = bar.add_task("starting", total=None)
        card = train_version(
            Settings(),
            shipped_texts(),
            lambda progress: bar.update(task, description=progress),
        )
    click.echo(json.dumps(card, ensure_ascii=False, indent=2) if as_json else _card_text(card))


def _card_text(card: Mapping[str, Any]) -> str:
    lines = [f"version {card['version']}, compared with {card['compared_with']}"]
    for name in ("categories", "pairs"):
        part = card[name]
        verdict = "learnt" if part["taken"] else f"as before: {part['reason']}"
        lines.append(f"{name}: {verdict}")
        measured = part["figures"].get("measured")
        if measured:
            lines.append(
                "  on {questions} decisions kept apart: {only_new} better, {only_present} worse;"
                " mean gain {difference} (95 %: {low} to {high})".format(**measured)
            )
        rest = {key: value for key, value in part["figures"].items() if key != "measured"}
        lines += [f"  {key}: {json.dumps(value)}" for key, value in rest.items()]
    version = card["version"]
    return "\n".join([*lines, f"see hub learn show {version}, then hub learn adopt {version}"])


@learn.command("show")
@click.argument("version")
@click.option("--examples", type=ROWS, default=5, show_default=True, help="Examples of a kind.")
@click.option("--json", "as_json", is_flag=True)
def show(version: str, examples: int, *, as_json: bool) -> None:
    """Show what VERSION would have decided in the last month, with examples."""
    from hub.learning.review import review

    report = review(Settings(), version, examples)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
        return
    click.echo(_card_text(report["card"]))
    rows = [
        {name: value for name, value in change.items() if name != "examples"}
        for change in report["changes"]
    ]
    click.echo(render_rows(rows, as_json=False))
    _echo_examples(report["changes"])
    if report["overruled_rules"]:
        click.echo("rules whose unit people replace most often; change them in rules.yaml:")
        click.echo(render_rows(report["overruled_rules"], as_json=False))


def _echo_examples(changes: Iterable[Mapping[str, Any]]) -> None:
    for change in changes:
        if change["examples"]:
            click.echo(f"{change['name']}:")
            click.echo(render_rows(change["examples"], as_json=False))


@learn.command("adopt")
@click.argument("version")
def adopt(version: str) -> None:
    """Put VERSION into use; running processes take it over within seconds."""
    from hub.accounts.operator_audit import noting
    from hub.learning.versions import adopt as adopt_version

    settings = Settings()
    chosen = adopt_version(settings, version, noting(settings, AuditAction.MODELS))
    click.echo(f"{chosen.version} is in use; hub learn back returns to {_former(chosen.before)}")


def _former(before: tuple[str, ...]) -> str:
    return before[0] if before else "nothing: no other version was in use"


@learn.command("back")
def back() -> None:
    """Return to the version that was in use before."""
    from hub.accounts.operator_audit import noting
    from hub.learning.versions import back as go_back

    settings = Settings()
    chosen = go_back(settings, noting(settings, AuditAction.MODELS))
    click.echo(f"{chosen.version} is in use")


@learn.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_versions(*, as_json: bool) -> None:
    """List the versions with their dates and figures; `*` is in use."""
    from hub.learning.versions import cards

    rows = cards(Settings())
    if not as_json:
        rows = [_row(card) for card in rows]
    click.echo(render_rows(rows, as_json=as_json))


def _row(card: Mapping[str, Any]) -> dict[str, Any]:
    row = {
        "used": "*" if card["in_use"] else "",
        "version": card["version"],
        "trained": card["trained_at"],
    }
    for name in ("categories", "pairs"):
        figures = card[name].get("figures") or {}
        measured = figures.get("measured") or {}
        row[name] = figures.get("learnt_from", "")
        row[f"{name}: gain"] = measured.get("difference", "")
    return row


@click.group(cls=OrderedGroup)
def places() -> None:
    """Show place names that reports have and the town lacks.

    Each is shown until somebody accepts or refuses it, and then never again.
    """


_SINCE = click.option(
    "--days", type=DAYS, default=365, show_default=True, help="Reports received since."
)


@places.command("suggested")
@_SINCE
@click.option("--at-least", type=ROWS, default=3, show_default=True, help="Reports with the name.")
@click.option("--limit", type=ROWS, default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def suggested(days: int, at_least: int, limit: int, *, as_json: bool) -> None:
    """List the names with their reports, the likely township and grid, and examples."""
    places_of_reports = _suggested(Settings(), days, at_least)[:limit]
    click.echo(render_rows([place.row() for place in places_of_reports], as_json=as_json))


def _suggested(settings: Settings, days: int, least: int) -> list["FoundName"]:
    from hub.learning.places.new_places import suggested_names

    since = datetime.now(UTC) - timedelta(days=days)
    with open_reader(settings) as reader, progress_bar() as bar:
        task = bar.add_task("reports", total=None)
        return suggested_names(
            settings, reader, since, least, on_progress=lambda number: bar.advance(task, number)
        )


@places.command("accept")
@click.argument("name")
@click.option("--as", "alias_of", default="", help="Place of which it is another name.")
@click.option("--grid", default="", help="Code of its grid; default: that of its reports.")
@_SINCE
def accept(name: str, alias_of: str, grid: str, days: int) -> None:
    """Put NAME into the register; running processes take it over within seconds."""
    from hub.accounts.operator_audit import noting
    from hub.learning.places.new_places import accept as accept_name

    settings = Settings()
    suggestion = None
    if not alias_of:
        known = _suggested(settings, days, 1)
        suggestion = next((place for place in known if place.name == name), None)
    note = noting(settings, AuditAction.PLACE_NAME)
    place = accept_name(settings, name, suggestion, grid, alias_of, note)
    click.echo(f"{name}: {place.alias_of or place.grid_code or place.division_code}")


@places.command("refuse")
@click.argument("name")
def refuse(name: str) -> None:
    """Never show NAME again."""
    from hub.accounts.operator_audit import noting
    from hub.learning.places.new_places import refuse as refuse_name

    settings = Settings()
    refuse_name(settings, name, noting(settings, AuditAction.PLACE_NAME))
    click.echo(f"{name} is not shown again")
