"""Small counts stay in the city, and no arithmetic brings them back."""

from hypothesis import given
from hypothesis import strategies as st

from hub.province.small_counts import breakdown, rounded, share
from schemas.province import SMALLEST, Hidden

COUNTS = st.integers(0, 40)
TABLES = st.dictionaries(st.sampled_from([f"k{number}" for number in range(12)]), COUNTS)
MINIMUM = st.integers(SMALLEST, 12)


@given(TABLES, MINIMUM)
def test_no_row_and_no_rest_is_small(counts: dict[str, int], smallest: int) -> None:
    """Each row and `other` are zero or at least the minimum; only a small total is hidden."""
    table, total = breakdown(counts, smallest), sum(counts.values())
    assert all(row.count >= smallest for row in table.rows)
    if 0 < total < smallest:
        assert table.total is Hidden.FEW
        assert table.rows == ()
    else:
        assert table.total == total
        assert table.other == 0 or (isinstance(table.other, int) and table.other >= smallest)


@given(TABLES, MINIMUM)
def test_rows_that_stay_are_the_counts(counts: dict[str, int], smallest: int) -> None:
    """A row is never changed: it stands with its own count, or is in `other`."""
    assert all(counts[row.key] == row.count for row in breakdown(counts, smallest).rows)


def test_the_lowest_row_joins_a_small_rest() -> None:
    """300 minus the rows of the table would be 3; so the lowest row is in `other` too."""
    table = breakdown({"a": 200, "b": 97, "c": 3}, 5)
    assert [(row.key, row.count) for row in table.rows] == [("a", 200)]
    assert table.other == 100


@given(st.integers(0, 60), st.integers(0, 60), MINIMUM)
def test_a_part_shows_neither_itself_nor_its_rest(whole: int, part: int, smallest: int) -> None:
    """If the part or the rest is below the minimum, the part is a word."""
    part = min(part, whole)
    shown = share(whole, part, smallest)
    small = {count for count in (whole, part, whole - part) if 0 < count < smallest}
    assert isinstance(shown.part, Hidden) == bool(small)
    assert isinstance(shown.whole, Hidden) == (0 < whole < smallest)


def test_a_hidden_part_says_on_which_side_it_is() -> None:
    """3 of 100 is few, 97 of 100 nearly all, and a part of a small whole says nothing."""
    assert share(100, 3, 5).part is Hidden.FEW
    assert share(100, 97, 5).part is Hidden.NEARLY_ALL
    assert share(4, 2, 5).part is Hidden.WITHHELD


@given(COUNTS, MINIMUM)
def test_a_rounded_count_is_one_of_several(count: int, smallest: int) -> None:
    """It is a multiple of the minimum, at most half of it away; so a day stays one of several."""
    near = rounded(count, smallest)
    assert near % smallest == 0
    assert 2 * abs(near - count) <= smallest
    assert sum(rounded(other, smallest) == near for other in range(60)) >= smallest // 2
