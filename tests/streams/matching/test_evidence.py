"""Reasons of a comparison in words."""

import re
from pathlib import Path

import streams.matching.compare as compare_module
from streams.matching.evidence import BARS, SPEAK_AGAINST, SPEAK_FOR, reasons
from streams.matching.weights import SETTLED


def test_every_feature_has_words() -> None:
    """A new feature needs words, or people would not see why two cases are compared."""
    source = Path(compare_module.__file__).read_text(encoding="utf-8")
    listed = source[source.index("        SETTLED: float(") : source.index("def settled_together")]
    names = {*re.findall(r'^        "(\w+)":', listed, re.MULTILINE), SETTLED}
    assert names == SPEAK_FOR.keys() | SPEAK_AGAINST.keys()


def test_every_rule_has_words() -> None:
    """A new rule that forbids merging needs words too."""
    source = Path(compare_module.__file__).read_text(encoding="utf-8")
    rules = source[source.index("def forbidden") : source.index("def settled_together")]
    assert set(re.findall(r'return "([a-z ]+)"', rules)) <= BARS.keys()


def test_the_strongest_reason_comes_first() -> None:
    """Reasons for and against are sorted by how much they count; a weak one is left out."""
    features = {"same_name": 1.0, "near": 0.5, "far": 1.0, "days": 0.1, "words": 0.01}
    weights = {"same_name": 3.5, "near": 8.0, "far": -3.0, "days": -1.0, "words": 2.0}
    speaking_for, against = reasons({"features": features, "weights": weights}, "different places")
    assert speaking_for == ["位置相近", "同一地名"]
    assert against == ["地点不同", "相距二百米以上"]


def test_no_evidence_has_no_reasons() -> None:
    """A suggestion of an older version may have no evidence."""
    assert reasons({}) == ([], [])


def test_troubles_that_are_alike_in_part_do_not_contradict_each_other() -> None:
    """Two troubles that are half alike are the same or not, whichever weighs more."""
    features = {"trouble": 0.5, "other_trouble": 0.5}
    evidence = {"features": features, "weights": {"trouble": 2.5, "other_trouble": -2.0}}
    assert reasons(evidence) == (["事由相同"], [])
    evidence = {"features": features, "weights": {"trouble": 1.0, "other_trouble": -2.0}}
    assert reasons(evidence) == ([], ["事由不同"])
