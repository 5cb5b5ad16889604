"""What is logged, and how: one line each, on standard error, without the secrets that are part of some addresses."""

import logging as python_logging
import re

# Invite links and calendars: whoever has the address is let in.
_SECRET = re.compile(r"(/join/|/calendar/)[^/\s?\"']+")


class Discreet(python_logging.Formatter):
    def format(self, record: python_logging.LogRecord) -> str:
        return _SECRET.sub(r"\1...", super().format(record))


def logging(level: str) -> dict:
    """The LOGGING setting; `level` is the operator's, or empty for ours."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"()": "config.logs.Discreet", "format": "{asctime} {levelname} {name} {message}", "style": "{"}
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level or "WARNING"},
        "loggers": {
            # Django's own handler would say everything a second time.
            "django": {"handlers": []},
            "rooms": {"level": level or "INFO"},
            # aioice logs a traceback for every odd datagram a stranger sends.
            "aioice": {"level": "ERROR"},
        },
    }
