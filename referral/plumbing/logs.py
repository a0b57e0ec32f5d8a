"""Logs: one JSON object a line on standard error, without codes, tokens and mail addresses."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRETS = re.compile(
    r"tk_[0-9A-Za-z]{20,}|tg_[\w-]{20,}|[^\s\"'@]+@[^\s\"'@]+\.[^\s\"'@]+|(?<=/sign-in/)[\w-]{20,}"
    r"|(?<=/g/pair/)[0-9A-Za-z]{20,}|(?<=/G/PAIR/)[0-9A-Za-z]{20,}|(?<=#pair=)[0-9A-Za-z]{20,}",
    re.ASCII,
)
_CODES = re.compile(r"(?<=/[rRq]/)[0-9A-Za-z]{8}", re.ASCII)


def redact(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blot out what must not stand in a log, wherever it slipped in."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _CODES.sub("…", _SECRETS.sub("…", value))
    return event


def configure_logs(level: str) -> None:
    """Set logging up for this process."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping().get(level.upper(), 20)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
