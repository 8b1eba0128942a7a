"""Structured logging 日志: one event per line, on standard error."""

import logging
import sys
import time

import structlog

from hub.settings.base import ProcessSettings

CHATTY_LOGGERS = ("kafka.net.selector",)
"""Loggers of libraries that only report how long their own tasks took on a busy machine."""
REPEAT_SECONDS = 10.0
"""Seconds in which a repeated message of a library passes once.

Kafka clients log an absent broker many times a second.
"""


class RepeatFilter(logging.Filter):
    """Passes the messages of one line of code once per `REPEAT_SECONDS`, with their number."""

    def __init__(self) -> None:
        super().__init__()
        self._passed: dict[tuple[str, int], tuple[float, int]] = {}
        """By file and line: when a record last passed, and how many were suppressed since."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record passes; adds the number of suppressed records to its text."""
        place, now = (record.pathname, record.lineno), time.monotonic()
        last, suppressed = self._passed.get(place, (-REPEAT_SECONDS, 0))
        if now - last < REPEAT_SECONDS:
            self._passed[place] = (last, suppressed + 1)
            return False
        self._passed[place] = (now, 0)
        if suppressed:
            record.msg = f"{record.getMessage()} ({suppressed} more like it)"
            record.args = ()
        return True


def set_up_logging(settings: ProcessSettings, process: str) -> None:
    """Set up structlog for one process of the hub; `process` is its name in every line."""
    level = logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)
    last = structlog.processors.JSONRenderer() if settings.log_json else console()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    structlog.contextvars.bind_contextvars(process=process)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    for name in CHATTY_LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    throttle_library_logs()


def throttle_library_logs() -> None:
    """Let libraries log warnings and errors only, and repeated ones once in a while.

    Call it again after a library has set up logging itself. Faust enables all levels and drops most
    records at its handler, so the Kafka clients would format a message per request for nobody.
    """
    logging.getLogger().setLevel(logging.WARNING)
    for handler in logging.getLogger().handlers:
        if not any(isinstance(present, RepeatFilter) for present in handler.filters):
            handler.addFilter(RepeatFilter())


def console() -> structlog.dev.ConsoleRenderer:
    """Return the renderer of log lines for people."""
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
