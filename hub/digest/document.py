"""The content of a digest, before it is Markdown, HTML or PDF: sections, tables, plots. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """Cells are text as it is shown."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """A bar for each label and series (`bars`), or a line through the labels (`line`)."""

    name: str
    title: str
    kind: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[float, ...]], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Text, then a plot, then a table; `behind` is the query for the rows of its numbers."""

    title: str
    words: tuple[str, ...] = ()
    table: Table | None = None
    plot: Plot | None = None
    behind: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A digest; `name` is what its files are called."""

    name: str
    title: str
    subtitle: str
    sections: tuple[Section, ...]

    @property
    def plots(self) -> tuple[Plot, ...]:
        """All plots, in order."""
        return tuple(section.plot for section in self.sections if section.plot is not None)
