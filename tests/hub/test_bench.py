"""The measuring commands measure what they say."""

import json

from hub.bench_clock import measure, shown
from hub.settings import Settings


def test_the_clock_is_measured_at_each_size_with_all_that_is_due() -> None:
    """Every case whose time is up fires once, at the smaller size and again at the larger."""
    rows = [json.loads(line) for line in shown(measure(Settings(), (40, 5)), as_json=True)]
    assert [(row["open_cases"], row["fired"]) for row in rows] == [(5, 5), (40, 40)]
