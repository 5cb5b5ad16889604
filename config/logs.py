"""What is logged, and how: one line each, on standard error."""


def logging(level: str) -> dict:
    """The LOGGING setting; `level` is the operator's, or empty for ours."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
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
