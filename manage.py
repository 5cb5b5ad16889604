#!/usr/bin/env python
"""Django's command line; a misconfigured environment gets one line and exit code 2."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from config.env import Misconfigured

    try:
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
    except Misconfigured as error:
        sys.exit(_refuse(error))


def _refuse(error: Exception) -> int:
    print(f"openfloor: {error}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
