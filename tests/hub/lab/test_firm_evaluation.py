"""The measurement of firms: the shipped names reach their bars, and own files are read."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.cli.measure.firms import firms
from hub.lab.evaluation.firms.measure import (
    Answer,
    Labelled,
    NoLabelsError,
    evaluate,
    measure,
    read_mentions,
    to_text,
)
from streams.matching.firms.evidence import Spot


def labelled(truth: str) -> Labelled:
    """Return a name with its right answer."""
    return Labelled("kind", "name", "", Spot(), truth)


def test_the_shipped_names_reach_their_bars() -> None:
    """The rules name no wrong firm, and more than the baselines."""
    figures = evaluate()
    rules = figures["rules"]
    assert rules["precision"] >= 0.98
    assert rules["recall"] >= 0.85
    assert rules["recall_with_offers"] >= 0.97
    assert rules["refused"] >= 0.98
    assert rules["recall"] > figures["ratio"]["recall"] > figures["exact"]["recall"]
    assert "precision" in to_text(figures)


def test_the_shares_are_counted_as_they_are_called() -> None:
    """One right, one wrong, one offered, one of nobody that was refused."""
    cases = [labelled("A"), labelled("B"), labelled("C"), labelled("-")]
    answers = [Answer("A"), Answer("X"), Answer("", ("Y", "C")), Answer()]
    quality = measure(cases, answers)
    assert (quality.names, quality.named) == (4, 2)
    assert (quality.precision, quality.recall) == (0.5, 0.3333)
    assert (quality.recall_with_offers, quality.refused) == (0.6667, 1.0)


def test_own_files_are_measured(tmp_path: Path) -> None:
    """A city labels its own names; both files are needed, and a missing column is named."""
    register, mentions = tmp_path / "register.csv", tmp_path / "mentions.csv"
    register.write_text("code,name,grid_code,address\nA,大冶市老王烧烤店,,\n", "utf-8")
    mentions.write_text("kind,written,code,grid_code,address,truth\nx,老王烧烤,,,,A\n", "utf-8")
    options = ["--register", str(register), "--mentions", str(mentions), "--json"]
    result = CliRunner().invoke(firms, ["evaluate", *options, "--at-least", "rules.recall=1"])
    assert result.exit_code == 0, result.output
    assert CliRunner().invoke(firms, ["evaluate", *options[:2]]).exit_code == 2
    mentions.write_text("kind,written\n", "utf-8")
    with pytest.raises(NoLabelsError, match="truth"):
        read_mentions(mentions)


def test_a_file_that_cannot_be_measured_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """Excel writes GBK; and a table of headers alone has nothing to measure."""
    mentions, header = tmp_path / "mentions.csv", "kind,written,code,grid_code,address,truth\n"
    for content, words in (
        (f"{header}x,老王烧烤,,,,A\n".encode("gbk"), "UTF-8"),
        (header.encode(), "no rows"),
    ):
        mentions.write_bytes(content)
        with pytest.raises(NoLabelsError, match=words):
            read_mentions(mentions)


def test_a_name_may_look_like_a_mark_of_the_terminal() -> None:
    """It is shown as it is."""
    figures = evaluate() | {"wrong": ["老王[/b]烧烤: 大冶"], "kinds": {"[/x]": (1, 1)}}
    assert "老王[/b]烧烤" in to_text(figures)
