"""Starts everything on this machine and keeps it running: `make run` ends here. Touches only VAR_DIR and one port."""

import asyncio
import os
import sys

from django.conf import settings
from django.core.management import BaseCommand

from config import launch, place
from config.env import Misconfigured
from config.supervisor import Hopeless


class Command(BaseCommand):
    help = "Start the web server, the relay, the worker and (unless REDIS_URL is set) Redis, and stop them together."
    requires_system_checks = []

    def add_arguments(self, parser) -> None:
        parser.add_argument("--demo", action="store_true", help="accounts and a live Space with three voices")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 for the whole network")
        parser.add_argument("--port", default=os.environ.get("PORT") or "8000", help="also PORT; 0 picks a free one")
        parser.add_argument("--tls", action="store_true", help="https with a self-signed certificate, for a LAN")

    def handle(self, *, demo: bool, host: str, port: str, tls: bool, **options) -> None:
        if demo and not settings.DEBUG:
            raise Misconfigured("--demo has well-known passwords; it is refused when DEBUG=0.")
        if not port.isdecimal() or int(port) > 65535:
            raise Misconfigured(f"{port} is not a port number.")
        place.check_var_dir(settings.VAR_DIR)
        listener = place.listen(host, int(port))
        with place.only_one(settings.VAR_DIR):
            where = place.Place.at(listener, host, tls=tls)
            try:
                asyncio.run(launch.run(where, demo=demo))
            except Hopeless as error:
                sys.exit(f"openfloor: {error}")
