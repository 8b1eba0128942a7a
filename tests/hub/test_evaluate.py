"""The measure of merging: right on partitions that can be counted by hand, and run on a day."""

import json
from datetime import datetime
from pathlib import Path

import click
import pytest

from connectors.moment import CHINA
from hub.evaluate import evaluate, read_labelled
from hub.evaluate_assignment import evaluate as evaluate_assignment
from hub.quality import Decision, Labelled, measure
from hub.settings import Settings
from hub.simulate.label import write_day, write_matters
from schemas.channel import Channel
from tests.streams.town import event

END = datetime(2026, 3, 3, 20, tzinfo=CHINA)


def decided(*triples: tuple[str, str, str]) -> list[Decision]:
    """Return decisions of (case, matter, suggested case)."""
    return [
        Decision(Labelled(event(str(n)), matter), case, (suggested,) if suggested else ())
        for n, (case, matter, suggested) in enumerate(triples)
    ]


def test_pairs_are_counted_as_by_hand() -> None:
    """One case of three reports, one of them wrong; its matter's other report alone."""
    got = measure(decided(("A", "m", ""), ("A", "m", ""), ("A", "n", ""), ("B", "n", "")))
    assert (got.precision, got.recall) == (round(1 / 3, 4), 0.5)
    assert got.purity == 0.75
    assert (got.reports, got.matters, got.cases) == (4, 2, 2)


def test_a_suggestion_counts_only_where_it_leads_to_the_same_matter() -> None:
    """A right one finds its pairs, a wrong one none."""
    right = measure(decided(("A", "m", ""), ("A", "m", ""), ("B", "m", "A")))
    assert right.recall == round(1 / 3, 4)
    assert right.recall_with_suggestions == 1.0
    wrong = measure(decided(("A", "m", ""), ("B", "m", "C"), ("C", "n", "")))
    assert wrong.recall_with_suggestions == 0.0


def test_a_drawn_day_is_merged_well(tmp_path: Path) -> None:
    """The same seed gives the same file, and the rules find what exact ids cannot."""
    path = tmp_path / "day.ndjson"
    written = write_day(Settings(), path, seed=3, count=600, end=END)
    before = path.read_bytes()
    assert write_day(Settings(), path, seed=3, count=600, end=END) == written
    assert path.read_bytes() == before
    assert {one.event.channel for one in read_labelled(path)} == set(Channel)
    told = json.loads(evaluate(Settings(), path, as_json=True))
    assert told["rules"]["reports"] == told["exact_id"]["reports"]
    assert told["rules"]["precision"] > 0.95
    assert told["rules"]["recall"] > 0.9
    assert told["exact_id"]["recall"] < 0.2
    assert "wrongly merged" in evaluate(Settings(), path, as_json=False)


def test_the_bars_hold_on_words_that_nothing_was_learnt_from(tmp_path: Path) -> None:
    """A small draw of the exam: merged precisely, found often, and better than by MinHash."""
    path = tmp_path / "exam.ndjson"
    write_matters(Settings(), path, split="exam", seed=1, count=500)
    told = json.loads(evaluate(Settings(), path, as_json=True))
    rules = told["rules"]
    assert rules["precision"] >= 0.985
    assert rules["recall"] >= 0.90
    assert rules["recall_with_suggestions"] >= 0.97
    assert rules["f1"] > told["minhash"]["f1"] + 0.3
    assert told["exact_id"]["recall"] == 0.0


def test_assignment_holds_its_bars(tmp_path: Path) -> None:
    """On a drawn day nearly all that can be assigned is right, and nothing is off a duty list."""
    path = tmp_path / "day.ndjson"
    write_day(Settings(), path, seed=3, count=600, end=END)
    told = json.loads(evaluate_assignment(Settings(), path, as_json=True))
    given = told["assignment"]
    assert given["right"] >= 0.98
    assert given["off_list"] == 0
    assert given["others_in_triage_with_reason"] == 1.0
    assert told["placement"]["grid"] >= 0.98
    assert told["category"]["right"] > told["category_by_keywords"]["right"]
    assert "placement" in evaluate_assignment(Settings(), path, as_json=False)


def test_a_line_that_is_no_event_is_named(tmp_path: Path) -> None:
    """The error has file and line."""
    path = tmp_path / "bad.ndjson"
    path.write_text('{"matter": "m"}\n', encoding="utf-8")
    with pytest.raises(click.ClickException, match="line 1"):
        read_labelled(path)
