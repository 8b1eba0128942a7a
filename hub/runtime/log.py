"""Structured logging 日志: one event a line, on standard error."""

import logging
import sys
import time

import structlog

from hub.settings.base import ProcessSettings

OWN_AFFAIRS = ("kafka.net.selector",)
"""What only tells how long a library's own tasks took, whenever the machine is busy."""
SPARING = 10.0
"""Seconds for which a library says the same thing once: while a broker is away, Kafka clients say
so many times a second."""


class Sparing(logging.Filter):
    """Passes what a logger says at one place once in a while, with how often it was said since."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to say it."""
        place, now = (record.pathname, record.lineno), time.monotonic()
        last, kept_back = self._said.get(place, (-SPARING, 0))
        if now - last < SPARING:
            self._said[place] = (last, kept_back + 1)
            return False
        self._said[place] = (now, 0)
        if kept_back:
            record.msg = f"{record.getMessage()} ({kept_back} more like it)"
            record.args = ()
        return True


def set_up_logging(settings: ProcessSettings, process: str) -> None:
    """Set up structlog for a process of the hub."""
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
    for name in OWN_AFFAIRS:
        logging.getLogger(name).setLevel(logging.ERROR)
    spare()


def spare() -> None:
    """Let the libraries of this process speak sparingly; again where one has set up logging.

    Faust lets all loggers speak of everything and drops most of it at the handler: what the Kafka
    clients tell of each request was put into words for nobody.
    """
    logging.getLogger().setLevel(logging.WARNING)
    for handler in logging.getLogger().handlers:
        if not any(isinstance(one, Sparing) for one in handler.filters):
            handler.addFilter(Sparing())


def console() -> structlog.dev.ConsoleRenderer:
    """Return the renderer for people."""
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
