"""Logging: a line an event on stderr, text for people or JSON for machines, never with a secret in it."""

from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured

from config.logs.redaction import redact_event
from config.logs.strangers import calm

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

# What every event gets, whether it comes through structlog or through the standard library.
SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(log_format: str, level: str) -> dict[str, Any]:
    """Set structlog up, and return the dictConfig that gives the standard library's loggers the same form."""
    level = level.upper()
    if log_format not in ("text", "json"):
        raise ImproperlyConfigured("LOG_FORMAT is text or json.")
    if level not in LEVELS:
        raise ImproperlyConfigured(f"LOG_LEVEL is one of {', '.join(LEVELS)}.")
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return _dict_config(log_format, level)


def _dict_config(log_format: str, level: str) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*SHARED, structlog.stdlib.ExtraAdder()],
                "processors": _rendering(log_format),
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own handlers would print a second, unredacted line.
            "django": {"handlers": [], "propagate": True, "level": level},
            "django.server": {"handlers": [], "propagate": True},
            "botocore": {"level": "WARNING"},
            "django-q": {"level": "WARNING"},  # it tells each task twice; our rows tell more
            "urllib3": {"level": "WARNING"},
        },
    }


def _rendering(log_format: str) -> list[Any]:
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    return [
        calm,
        structlog.processors.format_exc_info,
        redact_event,
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        renderer,
    ]
