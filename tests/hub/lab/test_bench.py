"""The benchmarks: their input has the documented properties, and the page shows their figures."""

import json
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

from hub.lab.bench.city import write_city
from hub.lab.bench.clock import measure, to_lines
from hub.lab.bench.day.reader import DayReader
from hub.lab.bench.events import EventGenerator, to_json
from hub.lab.bench.peers.event import parse_event
from hub.lab.bench.report.bars import bar_rows
from hub.lab.bench.report.page import BEGIN, END, write_page
from hub.lab.bench.report.workers import rates
from hub.lab.bench.restore import by_open_cases
from hub.settings import Settings
from hub.settings.town import SHIPPED_TOWN
from hub.town.registers import load_town
from schemas.cloudevent import from_record
from schemas.reports.event import UnifiedEvent
from schemas.topic import CASES, FEEDBACK
from streams.town.register import Register


def test_the_clock_benchmark_fires_all_due_cases_at_each_size() -> None:
    """At each size, every case whose deadline has passed fires once."""
    rows = [json.loads(line) for line in to_lines(measure(Settings(), (40, 5)), as_json=True)]
    assert [(row["open_cases"], row["fired"]) for row in rows] == [(5, 5), (40, 40)]


def test_a_synthetic_city_has_unique_codes_and_names(tmp_path: Path) -> None:
    """Its registers load, codes and names are unique, and every grid has a unit."""
    city = write_city(SHIPPED_TOWN, tmp_path, 3)
    shipped = load_town(SHIPPED_TOWN)
    codes = [grid.code for grid in city.grids]
    assert len(codes) == len(set(codes)) == 3 * len(shipped.grids)
    assert len({place.name for place in city.places}) == 3 * len(shipped.places)
    assert set(codes) <= {unit.area for unit in city.units}
    register = Register.of(city)
    for grid in city.grids[:: len(shipped.grids)]:
        lon, lat = grid.ring[0]
        nearest = register.grid_at(lon + 0.001, lat + 0.001)
        assert nearest is not None
        assert nearest.code == grid.code


def test_generated_events_parse_in_the_hub_and_in_the_peers(tmp_path: Path) -> None:
    """A seed gives the same events, some are of one matter, and hub and peers parse them alike."""
    city = write_city(SHIPPED_TOWN, tmp_path, 1)
    once, again = (list(EventGenerator(city.grids, city.places, 4).events(200)) for _ in range(2))
    assert once == again
    assert len({event.event_id for event in once}) == 200
    assert len({(event.place.grid_code, event.category) for event in once}) < 190
    for event in once:
        assert from_record(UnifiedEvent, to_json(event)) == event
        assert parse_event(to_json(event)).event_id == event.event_id


FIGURES = {
    "machine": {"cpu": "a", "cores": 2, "memory_gb": 4, "python": "3.11"},
    "at": "2026-11-26T00:00+00:00",
    "decode": {"open311": 12.4},
    "steps": [
        {"open_cases": 10, "us_per_event": 5.0, "spread": 0.1, "events_per_second": 2e5, "mb": 1.0}
    ],
    "hot": [
        {
            "reports": 1_000,
            "us_per_report": 900.0,
            "us_per_report_ratio": 1.1,
            "bytes_per_report": 9_000.0,
            "bytes_per_report_ratio": 1.25,
        }
    ],
    "crowded": {
        "sizes": [{"open_cases": 1500, "us_per_event": 7.0, "spread": 0.1, "recall": 1.0}],
        "ratios": {"of_fewest_to_most": 0.9},
    },
    "sink": {"sink": 10.0, "client": 20.0, "engine": 40.0},
    "restore": [{"open_cases": 1_000_000, "seconds": 19.0, "mb": 1500.0}],
    "load": {
        "idle_cores": 0.02,
        "storm_cores": 0.6,
        "burst": 5_000,
        "burst_seconds": 30.0,
        "command_p50": 100.0,
        "command_p99": 2_500.0,
        "memory_mb": 1_200.0,
    },
    "day": {"missing": "no broker"},
    "streams": {
        "rates": {
            "work": {"median": 500.0, "spread": 0.1},
            "bare_steps": {"median": 1000.0, "spread": 0.2},
        },
        "missing": {"quixstreams": "not installed"},
        "worker_mb": 100.0,
        "ratios": {"to_bare_with_our_steps": 0.5},
    },
    "whole": {"missing": "Apache Kafka needs java"},
    "overview": {"1000": {"screen: all quick numbers": 3.0, "screen: all slow numbers": 9.0}},
}


def test_the_page_keeps_the_text_that_people_wrote(tmp_path: Path) -> None:
    """Only the text between the marks is replaced; a missing part shows the reason."""
    (tmp_path / "images").mkdir()
    page = tmp_path / "performance.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    for _ in range(2):
        write_page(FIGURES, tmp_path)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert "| to bare with our steps | 0.50 |" in text
    assert "quixstreams: not installed" in text
    assert "Not measured: Apache Kafka needs java" in text
    assert "| client | 20 | 50% |" in text
    assert "| 1,000 | 900 | 1.10 | 9,000 | 1.25 |" in text
    assert "| processor at 25 reports/s, of two cores | 0.52 | ≤ 0.25 | 0.3 | no |" in text
    assert "| restore of a million open cases | not measured | ≤ 20 s | 19 s | yes |" in text
    assert (
        "| p99 of commands in a burst of 5,000 | no answer | ≤ 2,000 ms | 2,500 ms | no |" in text
    )
    assert "| sink, to the engine's client | 0.35 | ≥ 0.7 | 0.5 | no |" in text
    assert "| 1,500 | 7 | 10% | 100% |" in text
    assert json.loads((tmp_path / "performance.json").read_text(encoding="utf-8")) == FIGURES
    assert "<svg" in (tmp_path / "images" / "performance-streams.svg").read_text(encoding="utf-8")


def test_a_bar_without_its_figure_has_no_row() -> None:
    """A run of some parts lists the bars of these parts only."""
    names = [name for name, *_ in bar_rows({"sink": {"sink": 7.0, "client": 8.0}})]
    assert names == ["sink, to the engine's client"]


def test_more_workers_help_until_another_process_is_full() -> None:
    """The rate of several workers is that of the process that needs most time for a report."""
    computed = list(rates({"worker": 2.0, "serve": 0.5, "feedback": 0.1}))
    assert computed == [
        (1, 500.0, "worker"),
        (2, 1000.0, "worker"),
        (4, 2000.0, "worker"),
        (8, 2000.0, "serve"),
    ]


def test_a_restore_counts_every_case(tmp_path: Path) -> None:
    """Each snapshot of the measured topic is a case of its own."""
    (row,) = by_open_cases(Settings(data=tmp_path), (600,), 1)
    assert row["open_cases"] == 600


def test_a_subscriber_notes_the_first_entry_of_each_report() -> None:
    """A later entry of a report changes nothing; reports that are not wanted are left out."""
    reader = DayReader(Settings())
    reader.begin(["A"])
    entry = {
        "case_id": str(UUID(int=7)),
        "case": {"route": "421200", "reports": [{"native_id": "A"}, {"native_id": "B"}]},
    }
    record = SimpleNamespace(value=json.dumps(entry).encode(), timestamp=0)
    assert not reader.has_all({"A"})
    for _ in range(2):
        reader.receive(CASES.name, record)
    reader.receive(FEEDBACK.name, SimpleNamespace(value=b'{"native_id": "A"}', timestamp=0))
    seen = reader.wait({"A"}, 0)
    assert (list(seen.cases), list(seen.feedback)) == (["A"], ["A"])
    assert seen.bytes == 2 * len(record.value)
    assert reader.newest_case() == (UUID(int=7), "421200")
