"""The benchmarks: their input has the documented properties, and the page shows their figures."""

import json
from pathlib import Path

from hub.lab.bench.city import write_city
from hub.lab.bench.clock import measure, to_lines
from hub.lab.bench.events import EventGenerator, to_json
from hub.lab.bench.page import BEGIN, END, write_page
from hub.lab.bench.peers.event import parse_event
from hub.settings import Settings
from hub.settings.town import SHIPPED_TOWN
from hub.town.registers import load_town
from schemas.cloudevent import from_record
from schemas.reports.event import UnifiedEvent
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
    assert "| 1,500 | 7 | 10% | 100% |" in text
    assert json.loads((tmp_path / "performance.json").read_text(encoding="utf-8")) == FIGURES
    assert "<svg" in (tmp_path / "images" / "performance-streams.svg").read_text(encoding="utf-8")
