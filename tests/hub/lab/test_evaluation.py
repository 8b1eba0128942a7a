"""The quality of merging and assignment: small partitions counted by hand, and a drawn day."""

from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.cli.main import cli
from hub.lab.evaluation import assignment as evaluate_assignment
from hub.lab.evaluation.dedup import evaluate, read_labelled, to_text
from hub.lab.evaluation.quality import Decision, Labelled, measure
from hub.lab.simulate.label import write_day, write_matters
from hub.runtime.errors import HubError
from hub.settings import Settings
from schemas.base import BEIJING
from schemas.channel import REPORTING
from tests.builders.town import event

END = datetime(2026, 3, 3, 20, tzinfo=BEIJING)


def decided(*triples: tuple[str, str, str]) -> list[Decision]:
    """Return decisions from triples of case, matter and suggested case."""
    return [
        Decision(Labelled(event(str(n)), matter), case, (suggested,) if suggested else ())
        for n, (case, matter, suggested) in enumerate(triples)
    ]


def test_pairs_are_counted_as_by_hand() -> None:
    """A case has three reports, one of another matter, whose second report has its own case."""
    quality = measure(decided(("A", "m", ""), ("A", "m", ""), ("A", "n", ""), ("B", "n", "")))
    assert (quality.precision, quality.recall) == (round(1 / 3, 4), 0.5)
    assert quality.purity == 0.75
    assert (quality.reports, quality.matters, quality.cases) == (4, 2, 2)


def test_a_suggestion_counts_only_if_it_leads_to_the_same_matter() -> None:
    """A right suggestion adds its pairs to the recall, a wrong one adds nothing."""
    right = measure(decided(("A", "m", ""), ("A", "m", ""), ("B", "m", "A")))
    assert right.recall == round(1 / 3, 4)
    assert right.recall_with_suggestions == 1.0
    wrong = measure(decided(("A", "m", ""), ("B", "m", "C"), ("C", "n", "")))
    assert wrong.recall_with_suggestions == 0.0


def test_a_drawn_day_is_merged_well_and_assigned_to_the_right_units(tmp_path: Path) -> None:
    """The same seed gives the same file, and both evaluations of it give good figures."""
    path = tmp_path / "day.ndjson"
    written = write_day(Settings(), path, seed=3, count=400, end=END)
    before = path.read_bytes()
    assert write_day(Settings(), path, seed=3, count=400, end=END) == written
    assert path.read_bytes() == before
    assert {entry.event.channel for entry in read_labelled(path)} == set(REPORTING)
    merging = evaluate(Settings(), path)
    assert merging["rules"]["reports"] == merging["exact_id"]["reports"]
    assert merging["rules"]["precision"] > 0.95
    assert merging["rules"]["recall"] > 0.9
    assert merging["exact_id"]["recall"] < 0.2
    assert "wrongly merged" in to_text(merging)
    assigning = evaluate_assignment.evaluate(Settings(), path)
    assert assigning["assignment"]["right"] >= 0.98
    assert assigning["assignment"]["off_list"] == 0
    assert assigning["assignment"]["others_kept_with_reason"] == 1.0
    assert assigning["category"]["right"] > assigning["category_by_keywords"]["right"]
    assert "placement" in evaluate_assignment.to_text(assigning)


def test_the_commands_report_which_figure_misses_its_bar(tmp_path: Path) -> None:
    """Both exit with 1 and a sentence if a figure misses its bar, and with 2 for no such figure."""
    path = tmp_path / "exam.ndjson"
    write_matters(Settings(), path, split="exam", seed=1, count=20)

    def run(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(cli, [*words[:2], str(path), "--json", *words[2:]])
        return result.exit_code, result.stderr

    merging = ("dedup", "evaluate")
    assert run(*merging, "--at-least", "rules.precision=0", "--at-most", "rules.f1=1") == (0, "")
    code, error = run(*merging, "--at-least", "exact_id.recall=0.5")
    assert (code, error) == (1, "exact_id.recall is 0.0, but must be at least 0.5\n")
    code, error = run("assign", "evaluate", "--at-most", "assignment.right=0.1")
    assert code == 1
    assert "but must be at most 0.1" in error
    assert run(*merging, "--at-least", "rules.nothing=1")[0] == 2
    assert run(*merging, "--at-least", "rules.precision")[0] == 2


def test_a_line_that_is_not_an_event_is_reported(tmp_path: Path) -> None:
    """The error names file and line."""
    path = tmp_path / "bad.ndjson"
    path.write_text('{"matter": "m"}\n', encoding="utf-8")
    with pytest.raises(HubError, match="line 1"):
        read_labelled(path)
