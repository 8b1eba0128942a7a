"""A message that a library repeats many times a second is logged once in a while."""

import logging

import pytest

from hub.runtime import log
from hub.runtime.log import REPEAT_SECONDS, RepeatFilter, throttle_library_logs


def library_record(line: int, text: str = "no broker at %s") -> logging.LogRecord:
    """Return a log record of a line of a library."""
    return logging.LogRecord("aiokafka", logging.ERROR, "client.py", line, text, ("there",), None)


def test_a_repeated_message_passes_once_per_period(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes with the number of suppressed messages; another line passes at once."""
    now = [100.0]
    monkeypatch.setattr(log.time, "monotonic", lambda: now[0])
    repeat_filter = RepeatFilter()
    assert [repeat_filter.filter(library_record(1)) for _ in range(4)] == [
        True,
        False,
        False,
        False,
    ]
    assert repeat_filter.filter(library_record(2))
    now[0] += REPEAT_SECONDS
    again = library_record(1)
    assert repeat_filter.filter(again)
    assert again.getMessage() == "no broker at there (3 more like it)"
    now[0] += REPEAT_SECONDS
    last = library_record(1)
    assert repeat_filter.filter(last)
    assert last.getMessage() == "no broker at there"


def test_each_handler_has_a_single_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Handlers that a library has installed in place of the hub's have it too."""
    handler = logging.NullHandler()
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    throttle_library_logs()
    throttle_library_logs()
    assert [type(each) for each in handler.filters] == [RepeatFilter]


def test_libraries_do_not_format_messages_that_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faust enables all levels for a handler that drops most records."""
    root = logging.getLogger()
    before = root.level
    monkeypatch.setattr(root, "handlers", [logging.NullHandler()])
    try:
        root.setLevel(logging.DEBUG)
        throttle_library_logs()
        assert not logging.getLogger("aiokafka.conn").isEnabledFor(logging.INFO)
        assert logging.getLogger("aiokafka.conn").isEnabledFor(logging.WARNING)
    finally:
        root.setLevel(before)
