"""The bars 达标线: what a figure was before, what it should be, and what it is in this run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from hub.lab.bench.run import Figures

BURST = 5_000
"""Reports of the burst that has a bar."""


@dataclass(frozen=True, slots=True)
class FigureBar:
    """A bar of one figure. `figure` reads it; it raises `LookupError` if it was not measured."""

    name: str
    before: str
    bar: float
    figure: Callable[[Figures], float]
    at_most: bool = True
    unit: str = ""

    def row(self, figures: Figures) -> tuple[str, str, str, str, str] | None:
        """Return name, before, bar, now and whether it is reached; None if it was not measured."""
        try:
            now = self.figure(figures)
        except (LookupError, TypeError, ZeroDivisionError):
            return None
        sign, is_reached = ("≤", now <= self.bar) if self.at_most else ("≥", now >= self.bar)
        bar, text = (f"{_number(value)}{self.unit}" for value in (self.bar, now))
        return self.name, self.before, f"{sign} {bar}", text, "yes" if is_reached else "no"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _burst_p99(figures: Figures) -> float:
    if figures["load"]["burst"] < BURST:
        raise LookupError("a smaller burst was measured")
    return float(figures["load"]["command_p99"])


def _ratio_of_streams(name: str) -> Callable[[Figures], float]:
    return lambda figures: float(figures["streams"]["ratios"][name])


def _of_size(part: str, key: str, size: int, name: str) -> Callable[[Figures], float]:
    def figure(figures: Figures) -> float:
        return float(next(row for row in _sizes(figures[part]) if row[key] == size)[name])

    return _or_missing(figure)


def _or_missing(figure: Callable[[Figures], float]) -> Callable[[Figures], float]:
    def read(figures: Figures) -> float:
        try:
            return figure(figures)
        except StopIteration as error:
            raise LookupError("this size was not measured") from error

    return read


def _sizes(part: Any) -> list[Any]:
    return list(part["sizes"] if isinstance(part, dict) else part)


def _crowded(figures: Figures) -> float:
    rows = {row["open_cases"]: row["us_per_event"] for row in figures["crowded"]["sizes"]}
    return float(rows[20_000] / rows[100])


BARS: tuple[FigureBar, ...] = (
    FigureBar(
        "whole path, reports/s, to a plain Faust agent",
        "0.21",
        0.75,
        lambda f: f["whole"]["rate"]["median"] / f["streams"]["rates"]["plain_faust"]["median"],
        at_most=False,
    ),
    FigureBar(
        "worker alone, to the same",
        "0.29",
        1.0,
        _ratio_of_streams("to_plain_faust"),
        at_most=False,
    ),
    FigureBar(
        "worker alone, to quixstreams",
        "0.025",
        0.10,
        _ratio_of_streams("to_quixstreams"),
        at_most=False,
    ),
    FigureBar(
        "sink, to the engine's client",
        "0.35",
        0.70,
        lambda f: f["sink"]["sink"] / f["sink"]["client"],
        at_most=False,
    ),
    FigureBar(
        "time for a report: 10,000th of a case to the 10th",
        "> 12",
        1.5,
        _of_size("hot", "reports", 10_000, "us_per_report_ratio"),
    ),
    FigureBar(
        "bytes for a report: 10,000th of a case to the 10th",
        "> 50",
        1.5,
        _of_size("hot", "reports", 10_000, "bytes_per_report_ratio"),
    ),
    FigureBar(
        "time for a report: township of 20,000 open cases to one of 100",
        "not measured",
        1.5,
        _crowded,
    ),
    FigureBar(
        "processor at 25 reports/s, of two cores",
        "0.52",
        0.25,
        lambda f: f["load"]["storm_cores"] / 2,
    ),
    FigureBar(
        "processor without traffic, of one core",
        "not measured",
        0.03,
        lambda f: f["load"]["idle_cores"],
    ),
    FigureBar(
        "p99 of commands in a burst of 5,000",
        "no answer",
        2_000,
        _burst_p99,
        unit=" ms",
    ),
    FigureBar(
        "memory of the embedded hub",
        "1,631",
        900,
        lambda f: f["load"]["memory_mb"],
        unit=" MB",
    ),
    FigureBar(
        "state of a worker with a million open cases",
        "4,756",
        2_000,
        _of_size("steps", "open_cases", 1_000_000, "mb"),
        unit=" MB",
    ),
    FigureBar(
        "restore of a million open cases",
        "not measured",
        20,
        _of_size("restore", "open_cases", 1_000_000, "seconds"),
        unit=" s",
    ),
    FigureBar(
        "quick numbers of the overview at 20 million events, p95",
        "1,200",
        150,
        lambda f: f["overview"]["20000000"]["screen: all quick numbers, p95"],
        unit=" ms",
    ),
)


def bar_rows(figures: Figures) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield a row for each bar whose figure was measured in this run."""
    for bar in BARS:
        if (row := bar.row(figures)) is not None:
            yield row
