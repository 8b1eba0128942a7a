"""Duplicates are found over any number of rows, in memory and in the file of earlier rows."""

import pytest

from hub.registers import seen
from hub.registers.seen import Earlier, SeenKeys


@pytest.fixture(params=[1, 3, 1000])
def keys(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> SeenKeys:
    """Return keys that are written after every row, after each third, and never."""
    monkeypatch.setattr(seen, "PORTION", request.param)
    return SeenKeys()


def test_a_key_is_found_wherever_it_is_kept(keys: SeenKeys) -> None:
    """The earlier row is returned with its place, and whether both are the same."""
    for number in range(50):
        assert keys.add(f"K{number}", b"x", 0, f"line {number}", counts=True) is None
    for number in range(50):
        content = b"x" if number % 2 else b"y"
        earlier = keys.add(f"K{number}", content, 1, "line 9", counts=True)
        assert earlier == Earlier(0, f"line {number}", counts=True, is_same=bool(number % 2))
    keys.close()


def test_the_row_that_counts_stays_remembered(keys: SeenKeys) -> None:
    """One that does not count never replaces one that does."""
    assert keys.add("K", b"left", 0, "line 2", counts=False) is None
    assert keys.add("K", b"here", 0, "line 3", counts=True) is not None
    for line in ("line 4", "line 5"):
        earlier = keys.add("K", b"left", 0, line, counts=False)
        assert earlier == Earlier(0, "line 3", counts=True, is_same=False)
    keys.close()


def test_keys_that_share_a_bit_of_the_bitmap_are_different(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bitmap says only that a look is needed."""
    monkeypatch.setattr(seen, "BITS", 3)
    monkeypatch.setattr(seen, "PORTION", 7)
    keys = SeenKeys()
    assert [keys.add(f"K{each}", b"", 0, "line 1", counts=True) for each in range(99)] == [
        None
    ] * 99
    assert keys.add("K50", b"", 0, "line 2", counts=True) is not None
    keys.close()
