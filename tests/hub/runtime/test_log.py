"""Libraries that say the same thing many times a second say it once in a while."""

import logging

import pytest

from hub.runtime import log
from hub.runtime.log import SPARING, Sparing, spare


def said(line: int, text: str = "no broker at %s") -> logging.LogRecord:
    """Return a record of a place in a library."""
    return logging.LogRecord("aiokafka", logging.ERROR, "client.py", line, text, ("there",), None)


def test_one_place_is_heard_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """With how often it was said since; another place is heard at once."""
    now = [100.0]
    monkeypatch.setattr(log.time, "monotonic", lambda: now[0])
    sparing = Sparing()
    assert [sparing.filter(said(1)) for _ in range(4)] == [True, False, False, False]
    assert sparing.filter(said(2))
    now[0] += SPARING
    again = said(1)
    assert sparing.filter(again)
    assert again.getMessage() == "no broker at there (3 more like it)"
    now[0] += SPARING
    last = said(1)
    assert sparing.filter(last)
    assert last.getMessage() == "no broker at there"


def test_handlers_are_made_sparing_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those that a library has put in the place of ours."""
    handler = logging.NullHandler()
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    spare()
    spare()
    assert [type(one) for one in handler.filters] == [Sparing]


def test_libraries_put_into_words_only_what_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faust lets every logger tell of each request, for a handler that drops it."""
    root = logging.getLogger()
    before = root.level
    monkeypatch.setattr(root, "handlers", [logging.NullHandler()])
    try:
        root.setLevel(logging.DEBUG)
        spare()
        assert not logging.getLogger("aiokafka.conn").isEnabledFor(logging.INFO)
        assert logging.getLogger("aiokafka.conn").isEnabledFor(logging.WARNING)
    finally:
        root.setLevel(before)
