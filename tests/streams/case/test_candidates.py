"""The index of candidates: what it returns, and that its cost is bounded."""

import random
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.case.candidates import MOST, READ_PER_CANDIDATE, CandidateIndex
from streams.matching.retrieval import Key, word_keys
from tests.builders.town import LAMP

CASES = [UUID(int=number) for number in range(6)]
KEYS: list[Key] = [("grid", "G1"), ("name", "幸福小区"), ("421299001001", "facility"), 7, 8, 9]
INDEXED = st.dictionaries(st.sampled_from(CASES), st.sets(st.sampled_from(KEYS)), max_size=6)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(INDEXED, INDEXED, st.sets(st.sampled_from(KEYS)), st.randoms(use_true_random=False))
def test_a_case_is_a_candidate_if_it_shares_a_key(
    first: dict[UUID, set[Key]],
    second: dict[UUID, set[Key]],
    keys: set[Key],
    chance: random.Random,
) -> None:
    """While few cases are indexed, exactly those with a common key are returned.

    Cases that are added again have their new keys only; the order of adding does not matter.
    """
    index, expected = CandidateIndex(), dict(first)
    for case_id, case_keys in first.items():
        index.add(case_id, sorted(case_keys, key=repr), 0)
    changed = list(second.items())
    chance.shuffle(changed)
    for case_id, case_keys in changed:
        index.add(case_id, sorted(case_keys, key=repr), 0)
        expected[case_id] = case_keys
    for case_id in list(expected)[:1]:
        index.discard(case_id)
        del expected[case_id]
    assert set(index.nearest(keys)) == {case_id for case_id, own in expected.items() if own & keys}


def test_among_very_many_cases_those_that_share_the_rarest_keys_are_returned() -> None:
    """A crowded grid does not hide the case that shares words with the report."""
    index = CandidateIndex()
    for number in range(20 * MOST):
        index.add(UUID(int=number), [("grid", "G1"), 1000 + number], number)
    nearest = index.nearest([("grid", "G1"), 1007])
    assert nearest == [UUID(int=7)]


def test_of_cases_that_share_a_crowded_key_only_the_latest_are_returned() -> None:
    """Nothing but a crowded grid in common: the latest cases are compared, up to the bound."""
    many = MOST * READ_PER_CANDIDATE + 1
    forward, backward = CandidateIndex(), CandidateIndex()
    for number in range(many):
        forward.add(UUID(int=number), [("grid", "G1")], number)
    for number in reversed(range(many)):
        backward.add(UUID(int=number), [("grid", "G1")], number)
    latest = {UUID(int=number) for number in range(many - MOST, many)}
    assert set(forward.nearest([("grid", "G1")])) == latest
    assert set(backward.nearest([("grid", "G1")])) == latest


def test_equal_words_have_equal_keys_and_a_long_text_has_no_more_of_them() -> None:
    """Spelling does not matter, and 20,000 characters give as many keys as a sentence."""
    assert word_keys("", LAMP) == word_keys("", f"  {LAMP}！")
    assert len(word_keys("题" * 20_000, "".join(map(chr, range(0x4E00, 0x9E00))))) <= 24
    assert word_keys("", "灯") == ()
