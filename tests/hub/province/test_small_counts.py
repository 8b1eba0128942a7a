"""Small counts stay in the city, and no arithmetic brings them back."""

from hypothesis import given
from hypothesis import strategies as st

from hub.province.small_counts import ENOUGH, breakdown, district_rates, rounded, share
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


RATES = st.tuples(st.integers(0, 90), st.integers(0, 90)).map(lambda pair: (max(pair), min(pair)))
PLACES = ["427101", "427102", "427103", "427104", ""]
DISTRICTS = PLACES[:4]


@given(st.dictionaries(st.sampled_from(PLACES), RATES), MINIMUM)
def test_no_rate_of_a_district_discloses_a_small_count(
    counts: dict[str, tuple[int, int]], smallest: int
) -> None:
    """Even who knows the counts of every listed district, and the city's, learns no small one."""
    rates = district_rates(counts, DISTRICTS, smallest)
    listed = {rate.code for rate in rates}
    assert listed <= set(DISTRICTS)
    if not listed:
        return
    groups = [counts[code] for code in listed]
    others = [pair for code, pair in counts.items() if code not in listed]
    groups.append((sum(pair[0] for pair in others), sum(pair[1] for pair in others)))
    for whole, part in groups:
        assert not any(0 < count < smallest for count in (whole, part, whole - part))
    city = share(sum(whole for whole, _ in groups), sum(part for _, part in groups), smallest)
    assert isinstance(city.part, int)


@given(st.dictionaries(st.sampled_from(PLACES), RATES), MINIMUM)
def test_a_rate_is_the_share_of_its_district(
    counts: dict[str, tuple[int, int]], smallest: int
) -> None:
    """In whole percent, of districts in which enough was settled; their order says nothing."""
    rates = district_rates(counts, DISTRICTS, smallest)
    assert [rate.code for rate in rates] == sorted(rate.code for rate in rates)
    for rate in rates:
        whole, part = counts[rate.code]
        assert whole >= ENOUGH * smallest
        assert rate.percent == round(100 * part / whole)


def test_a_small_rest_takes_in_a_district() -> None:
    """City minus the two districts would be three late cases; so only one of them is listed."""
    counts = {"427101": (300, 200), "427102": (80, 60), "": (3, 0)}
    assert [rate.code for rate in district_rates(counts, DISTRICTS, 5)] == ["427101"]
    counts[""] = (0, 0)
    assert [rate.percent for rate in district_rates(counts, DISTRICTS, 5)] == [67, 75]
