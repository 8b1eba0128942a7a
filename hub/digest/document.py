"""The content of a digest before it is Markdown, HTML or PDF: conclusions and sections. Pure."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Link:
    """A page behind a number or a text; without `url` only the text is shown."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Sparkline:
    """A small line 走势 of the values of successive days, the last one marked."""

    values: tuple[float, ...]


Cell = str | Link | Sparkline


@dataclass(frozen=True, slots=True)
class Table:
    """Cells are text as it is shown, links, or small lines."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """A bar for each label and series (`bars`), or a line through the labels (`line`)."""

    name: str
    title: str
    kind: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[float, ...]], ...]


Ring = tuple[tuple[float, float], ...]
"""A closed line of lon, lat pairs in degrees."""


@dataclass(frozen=True, slots=True)
class Region:
    """An area of a map with its number; `rings` are outer rings and holes of all its polygons."""

    name: str
    value: int
    rings: tuple[Ring, ...]


@dataclass(frozen=True, slots=True)
class Map:
    """Areas that are shaded by their numbers."""

    name: str
    title: str
    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A number at the head of a digest; `trend` has the days up to it, or is empty."""

    name: str
    value: str
    note: str = ""
    trend: tuple[float, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What is the case 情况, what to do 建议, and the unit that should 责任单位."""

    fact: str
    advice: str = ""
    responsible: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Text, then a plot and a map, then a table; `pages` lead to the rows behind its numbers."""

    title: str
    words: tuple[str, ...] = ()
    table: Table | None = None
    plot: Plot | None = None
    map: Map | None = None
    pages: tuple[Link, ...] = ()
    empty: str = "无。"
    """What stands in the place of a table without rows."""


@dataclass(frozen=True, slots=True)
class Document:
    """A digest in the form of an official paper; `name` is what its files are called.

    `masthead` is the name of the paper above the red line, `issue` and `date` stand on it.
    """

    name: str
    title: str
    subtitle: str
    sections: tuple[Section, ...]
    masthead: str = ""
    issue: str = ""
    date: str = ""
    figures: tuple[KeyFigure, ...] = ()
    conclusions: tuple[Conclusion, ...] = ()
    url: str = ""
    """Page of this digest; its QR code stands beside the title."""
    notes: tuple[str, ...] = field(default=())
    """How the numbers are counted 统计口径, at the end."""

    @property
    def plots(self) -> tuple[Plot, ...]:
        """All plots, in order."""
        return tuple(section.plot for section in self.sections if section.plot is not None)

    @property
    def maps(self) -> tuple[Map, ...]:
        """All maps, in order."""
        return tuple(section.map for section in self.sections if section.map is not None)
