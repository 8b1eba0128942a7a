"""Structured logging 日志: one event a line, on standard error."""

import logging
import sys

import structlog

from hub.settings import Settings


def set_up_logging(settings: Settings, process: str) -> None:
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


def console() -> structlog.dev.ConsoleRenderer:
    """Return the renderer for people."""
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
