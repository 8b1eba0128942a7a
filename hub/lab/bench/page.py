"""The page of figures 性能报告: `docs/performance.md` and its plots, of one run."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from hub.digest.document import Plot
from hub.digest.plots import svg
from hub.lab.bench.run import FULL, QUICK, Figures, measure
from hub.settings import Settings

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
"""Between these lines the page is written by a run; what stands outside is written by people."""
NAMES = {
    "work": "hub work (our worker)",
    "work_two": "two of them",
    "bare_steps": "bare confluent-kafka loop with our steps",
    "bare": "bare confluent-kafka loop",
    "bytewax": "bytewax",
    "quixstreams": "quixstreams",
    "plain_faust": "plain Faust agent",
}


def run(
    settings: Settings, *, quick: bool, as_json: bool, only: str, peers: Path, write: Path | None
) -> Figures:
    """Measure, and print or write the figures; return them."""
    figures: Figures = {}
    for figures in measure(settings, QUICK if quick else FULL, peers, only):
        if write is not None:
            # After each part: the last ones take long.
            write_page(figures, write)
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False))
    elif write is None and figures:
        click.echo(tables(figures))
    return figures


def write_page(figures: Figures, folder: Path) -> None:
    """Put the tables into the page, and the plots and the figures themselves beside it."""
    page = folder / "performance.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{tables(figures)}\n{END}{after}", encoding="utf-8")
    (folder / "performance.json").write_text(
        json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    for plot in _plots(figures):
        (folder / "images" / f"{plot.name}.svg").write_text(svg(plot), encoding="utf-8")


def tables(figures: Figures) -> str:
    """Return the figures as tables of Markdown."""
    machine = figures["machine"]
    told = [
        f"Measured {figures['at']} on {machine['cores']} cores ({machine['cpu']}), "
        f"{machine['memory_gb']} GB, Python {machine['python']}."
    ]
    for name, part in PARTS.items():
        if name in figures:
            told.append(part(figures[name]))
    return "\n\n".join(told)


def _table(head: str, rows: Sequence[tuple[str, ...]]) -> str:
    columns = head.count("|") + 1
    lines = [f"| {head} |", "|---" * columns + "|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines)


def _streams(part: Figures) -> str:
    if "rates" not in part:
        return _lacking("Streams", part)
    rates = part["rates"]
    rows = [
        (NAMES[name], f"{rates[name]['median']:,.0f}", f"{rates[name]['spread']:.0%}")
        for name in NAMES
        if name in rates
    ]
    ratios = [(name.replace("_", " "), f"{value:.2f}") for name, value in part["ratios"].items()]
    lacking = "".join(f"\n\n{NAMES[name]}: {why}" for name, why in part["missing"].items())
    return (
        "### (b), (c) Streams alone, beside peers\n\n"
        + _table("program | events/s, median | spread", rows)
        + "\n\n![Events a second](images/performance-streams.svg)\n\n"
        + _table("our worker | ratio", ratios)
        + f"\n\nResident memory of the worker: {part['worker_mb']:,.0f} MB."
        + lacking
    )


def _whole(part: Figures) -> str:
    if "rate" not in part:
        return _lacking("The whole path", part)
    late = [
        (
            f"{one['rate']:g}",
            *(
                f"{one[f'{way}_p{share}']:,.0f}"
                for way in ("topic", "store")
                for share in ("50", "99", "99.9")
            ),
        )
        if "missing" not in one
        else (f"{one['rate']:g}", one["missing"], *[""] * 5)
        for one in part["latency"]
    ]
    memory = [(name, f"{value:,.0f}") for name, value in part["memory_mb"].items()]
    return (
        "### (a), (g), (h) The whole path\n\n"
        f"From the push of 12345 orders to what was decided seen in ClickHouse: "
        f"**{part['rate']['median']:,.0f} events/s** (spread {part['rate']['spread']:.0%}).\n\n"
        + _table("events/s | topic p50 ms | p99 | p99.9 | store p50 ms | p99 | p99.9", late)
        + "\n\n"
        + _table("process | resident memory at its highest, MB", memory)
    )


def _decode(part: Figures) -> str:
    rows = [(name, f"{value:,.0f}") for name, value in part.items()]
    return "### (d) Decoding\n\n" + _table("channel | µs a fact", rows)


def _steps(part: list[Figures]) -> str:
    rows = [
        (
            f"{one['open_cases']:,}",
            f"{one['us_per_event']:,.0f}",
            f"{one['spread']:.0%}",
            f"{one['events_per_second']:,.0f}",
            f"{one['mb']:,.0f}",
        )
        for one in part
    ]
    return "### (e) The steps alone, by open cases\n\n" + _table(
        "open cases | µs an event | spread | events/s | memory of the state, MB", rows
    )


def _sink(part: Figures) -> str:
    rows = [(name, f"{value:,.0f}", f"{part['sink'] / value:.0%}") for name, value in part.items()]
    return "### (f) The sink beside the engine\n\n" + _table(
        "by | rows/s | the sink's share of it", rows
    )


def _overview(part: Figures) -> str:
    rows = [
        (
            f"{int(size):,}",
            *(f"{one.get(f'screen: all {name} numbers', 0):,.0f}" for name in ("quick", "slow")),
        )
        for size, one in part.items()
    ]
    return "### (i) The overview\n\n" + _table(
        "events | quick numbers, ms | slow numbers, ms", rows
    )


def _lacking(name: str, part: Figures) -> str:
    return f"### {name}\n\nNot measured: {part.get('missing', 'no figures')}"


PARTS: dict[str, Any] = {
    "whole": _whole,
    "streams": _streams,
    "decode": _decode,
    "steps": _steps,
    "sink": _sink,
    "overview": _overview,
}


def _plots(figures: Figures) -> list[Plot]:
    plots = []
    rates = figures.get("streams", {}).get("rates", {})
    if rates:
        names = [name for name in NAMES if name in rates]
        plots.append(
            Plot(
                "performance-streams",
                "events/s",
                "bars",
                tuple(NAMES[name] for name in names),
                (("events/s", tuple(rates[name]["median"] for name in names)),),
            )
        )
    return plots
