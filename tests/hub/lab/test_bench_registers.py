"""The benchmark of register loads: its people are valid, and each load ends as it should."""

import csv
from pathlib import Path

from connectors.values.id_number import is_id_number
from hub.lab.bench.registers.drawn import Drawing, write_people
from hub.lab.bench.registers.measure import measure, to_lines
from hub.settings import Settings


def test_drawn_people_are_valid_and_differ(tmp_path: Path) -> None:
    """A seed gives the same file; no number occurs twice, and the bad one is bad."""
    drawing = Drawing(["G1", "G2"], 500, bad=frozenset({7}))
    once, again = (write_people(tmp_path / name, drawing).read_bytes() for name in ("a", "b"))
    assert once == again
    rows = list(csv.DictReader(once.decode().splitlines()))
    numbers = [row["身份证号"] for row in rows]
    assert len(set(numbers)) == 500
    assert [at for at, number in enumerate(numbers) if not is_id_number(number)] == [7]
    assert [sum(row["网格编码"] == grid for row in rows) for grid in ("G1", "G2")] == [250, 250]


def test_each_load_of_the_benchmark_ends_as_it_should() -> None:
    """The full load and the changes are loaded; the bad row is refused and changes nothing."""
    figures = measure(Settings(), 1_000)
    assert figures["former_stays"]
    assert figures["former_stays_killed"]
    assert {"full", "changes", "refused"} <= set(figures)
    assert all("rows_per_second" in figures[name] for name in ("full", "changes", "refused"))
    assert "former version stays after a bad row: True, after a kill: True" in "\n".join(
        to_lines(figures, as_json=False)
    )
