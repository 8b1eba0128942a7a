"""The features of a text are found in the index of a model as in a dictionary."""

from hypothesis import given
from hypothesis import strategies as st

from streams.matching.feature_index import FeatureIndex, features
from streams.matching.text import normalised_text

LETTERS = st.text("路灯不亮小区门口积水ab12", max_size=40)


@given(st.lists(LETTERS, max_size=5), LETTERS)
def test_the_rows_are_those_of_the_known_features(known: list[str], text: str) -> None:
    """Each known feature of a text gives its row once, in order; unknown ones give none."""
    learnt = sorted(set().union(*(features(normalised_text("", each)) for each in known)))
    rows = {feature: row for row, feature in enumerate(learnt)}
    normalised = normalised_text("", text)
    expected = sorted(rows[feature] for feature in features(normalised) if feature in rows)
    assert FeatureIndex(rows).rows_of(normalised).tolist() == expected
