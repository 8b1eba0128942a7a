"""The performance page 性能报告: `docs/performance.md` and its plots, from one run."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from hub.digest.document import Plot
from hub.digest.forms.plots import svg
from hub.lab.bench.day.hot import rows as day_rows
from hub.lab.bench.report.bars import bar_rows
from hub.lab.bench.report.workers import rates
from hub.lab.bench.run import FULL, QUICK, Figures, measure
from hub.settings import Settings

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
"""A run replaces the text between these lines. People write the text outside."""
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
    """Measure the parts whose name contains `only`; print or write the figures and return them."""
    figures: Figures = {}
    for figures in measure(settings, QUICK if quick else FULL, peers, only):
        if write is not None:
            # Write after each part, because the last parts take long.
            write_page(figures, write)
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False))
    elif write is None and figures:
        click.echo(tables(figures))
    return figures


def write_page(figures: Figures, folder: Path) -> None:
    """Write the tables into the page, and the figures and plots into their files in `folder`."""
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
    """Return the figures as Markdown tables."""
    machine = figures["machine"]
    sections = [
        f"Measured {figures['at']} on {machine['cores']} cores ({machine['cpu']}), "
        f"{machine['memory_gb']} GB, Python {machine['python']}."
    ]
    if reached := list(bar_rows(figures)):
        sections.append(f"### Bars\n\n{_table('figure | before | bar | now | reached', reached)}")
    for name, part in PARTS.items():
        if name in figures:
            sections.append(part(figures[name]))
    return "\n\n".join(sections)


def _table(head: str, rows: Sequence[tuple[str, ...]]) -> str:
    columns = head.count("|") + 1
    lines = [f"| {head} |", "|---" * columns + "|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines)


def _streams(part: Figures) -> str:
    if "rates" not in part:
        return _not_measured("Streams", part)
    rates = part["rates"]
    rows = [
        (NAMES[name], f"{rates[name]['median']:,.0f}", f"{rates[name]['spread']:.0%}")
        for name in NAMES
        if name in rates
    ]
    ratios = [(name.replace("_", " "), f"{value:.2f}") for name, value in part["ratios"].items()]
    missing = "".join(f"\n\n{NAMES[name]}: {why}" for name, why in part["missing"].items())
    return (
        "### (b), (c) Streams alone, beside peers\n\n"
        + _table("program | events/s, median | spread", rows)
        + "\n\n![Events a second](images/performance-streams.svg)\n\n"
        + _table("our worker | ratio", ratios)
        + f"\n\nResident memory of the worker: {part['worker_mb']:,.0f} MB."
        + missing
    )


def _whole(part: Figures) -> str:
    if "rate" not in part:
        return _not_measured("The whole path", part)
    latencies = [_latency_row(entry) for entry in part["latency"]]
    memory = [
        (name, f"{value:,.0f}", f"{part.get('ms_per_report', {}).get(name, 0):.2f}")
        for name, value in part["memory_mb"].items()
    ]
    return (
        "### (a), (g), (h) The whole path\n\n"
        f"From the push of 12345 orders until their dispositions are visible in ClickHouse: "
        f"**{part['rate']['median']:,.0f} events/s** (spread {part['rate']['spread']:.0%}).\n\n"
        + _table("events/s | topic p50 ms | p99 | p99.9 | store p50 ms | p99 | p99.9", latencies)
        + "\n\n"
        + _table("process | peak resident memory, MB | processor ms a report", memory)
        + _several_workers(part.get("ms_per_report", {}))
    )


def _several_workers(ms_per_report: dict[str, float]) -> str:
    if not ms_per_report:
        return ""
    rows = [(f"{workers}", f"{rate:,.0f}", name) for workers, rate, name in rates(ms_per_report)]
    return (
        "\n\nMore workers than this machine has cores for are computed, not measured: each process"
        " takes the processor time a report of the table above, and one core at most. A city is"
        " decided by one worker, so this is for many cities.\n\n"
        + _table("workers | reports/s, computed | limited by", rows)
    )


def _latency_row(entry: Figures) -> tuple[str, ...]:
    rate = f"{entry['rate']:g}"
    names = [f"{end}_p{share}" for end in ("topic", "store") for share in ("50", "99", "99.9")]
    if "missing" in entry:
        return (rate, entry["missing"], *[""] * (len(names) - 1))
    return (rate, *(f"{entry[name]:,.0f}" for name in names))


def _decode(part: Figures) -> str:
    rows = [(name, f"{value:,.0f}") for name, value in part.items()]
    return "### (d) Decoding\n\n" + _table("channel | µs a fact", rows)


def _steps(part: list[Figures]) -> str:
    rows = [
        (
            f"{entry['open_cases']:,}",
            f"{entry['us_per_event']:,.0f}",
            f"{entry['spread']:.0%}",
            f"{entry['events_per_second']:,.0f}",
            f"{entry['mb']:,.0f}",
        )
        for entry in part
    ]
    return "### (e) The steps alone, by open cases\n\n" + _table(
        "open cases | µs an event | spread | events/s | memory of the state, MB", rows
    )


def _hot(part: list[Figures]) -> str:
    rows = [
        (
            f"{entry['reports']:,}",
            f"{entry['us_per_report']:,.0f}",
            f"{entry['us_per_report_ratio']:.2f}",
            f"{entry['bytes_per_report']:,.0f}",
            f"{entry['bytes_per_report_ratio']:.2f}",
        )
        for entry in part
    ]
    return "### (j) One more report of a hot matter, in batches of ten\n\n" + _table(
        "reports of the case | µs | to that of ten | bytes of all records | to that of ten", rows
    )


def _restore(part: list[Figures]) -> str:
    rows = [
        (f"{entry['open_cases']:,}", f"{entry['seconds']:,.1f}", f"{entry['mb']:,.0f}")
        for entry in part
    ]
    return "### (k) The restore of a worker\n\n" + _table(
        "open cases | seconds of processor | MB", rows
    )


def _load(part: Figures) -> str:
    if "idle_cores" not in part:
        return _not_measured("(l) The load of the machine", part)
    rows = [
        ("processor without traffic, of one core", f"{part['idle_cores']:.1%}"),
        ("processor at 25 reports/s, of two cores", f"{part['storm_cores'] / 2:.0%}"),
        (f"a burst of {part['burst']:,}: until all have cases, s", f"{part['burst_seconds']:,.0f}"),
        ("answer of a command in the burst, p50 ms", f"{part['command_p50']:,.0f}"),
        ("the same, p99", f"{part['command_p99']:,.0f}"),
        ("memory of all processes, MB", f"{part['memory_mb']:,.0f}"),
    ]
    return "### (l) The load of the machine, with the embedded broker\n\n" + _table(
        "what | figure", rows
    )


def _day(part: Figures) -> str:
    if "before" not in part:
        return _not_measured("(m) A hot day", part)
    return (
        f"### (m) A hot day\n\n{part['reports']:,} reports of one matter in"
        f" {part['seconds']:,.0f} s, while two others a second come, with the embedded broker.\n\n"
        + _table("what others notice | before | during", list(day_rows(part)))
    )


def _crowded(part: Figures) -> str:
    if "sizes" not in part:
        return _not_measured("In a crowded township", part)
    rows = [
        (
            f"{entry['open_cases']:,}",
            f"{entry['us_per_event']:,.0f}",
            f"{entry['spread']:.0%}",
            f"{entry['recall']:.0%}",
        )
        for entry in part["sizes"]
    ]
    return "### (e) In a crowded township\n\n" + _table(
        "open cases in the township | µs an event | spread | decided as by comparing all", rows
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
            *(
                f"{entry.get(f'screen: all {name}', 0):,.0f}"
                for name in ("quick numbers", "quick numbers, p95", "slow numbers")
            ),
        )
        for size, entry in part.items()
    ]
    return "### (i) The overview\n\n" + _table(
        "events | quick numbers, ms | the same, p95 | slow numbers, ms", rows
    )


def _not_measured(name: str, part: Figures) -> str:
    return f"### {name}\n\nNot measured: {part.get('missing', 'no figures')}"


PARTS: dict[str, Any] = {
    "whole": _whole,
    "streams": _streams,
    "decode": _decode,
    "steps": _steps,
    "hot": _hot,
    "crowded": _crowded,
    "sink": _sink,
    "restore": _restore,
    "load": _load,
    "day": _day,
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
