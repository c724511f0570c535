"""The web server: granian over WSGI, a few processes of a few threads, each with a kept connection.

Beside those that Django works in there are many that wait for bodies (see apps.core.bodies).
"""

import logging
import os
from collections.abc import Callable
from typing import Any

import environ
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.core.servers.basehttp import get_internal_wsgi_application
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from apps.core.aside import Aside
from apps.core.bodies import WholeBodies
from apps.core.ports import require_free
from apps.core.processes.kernel import die_with

# How many requests a process receives at once. Such a thread is made when it is needed and costs its stack.
RECEIVING_THREADS = 256


class _NotOfThreads(logging.Filter):
    """Granian warns of many threads at every start; the receiving ones wait without Python's lock."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "Python threads" not in record.getMessage()


LOGGING: dict[str, Any] = {
    # Through the project's own handlers, so that these lines too have its format and no secrets.
    "loggers": {
        "_granian": {"propagate": True, "filters": ["threads"]},
        "granian.access": {"propagate": False},
    },
    "filters": {"threads": {"()": _NotOfThreads}},
    "handlers": {},
    "formatters": {},
}


class Command(BaseCommand):
    help = "Run the web server until it is told to stop (SIGTERM or Ctrl-C)."

    def add_arguments(self, parser: CommandParser) -> None:
        env = environ.FileAwareEnv()
        parser.add_argument("--host", default="0.0.0.0", help="Address to listen on.")  # noqa: S104 - a server
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--workers", type=int, default=env.int("WEB_WORKERS", default=2))
        parser.add_argument("--threads", type=int, default=env.int("WEB_THREADS", default=4))

    def handle(self, *, host: str, port: int, workers: int, threads: int, **_options: Any) -> None:
        require_free(host, port)
        server = Server(
            settings.WSGI_APPLICATION,
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=RECEIVING_THREADS,
            websockets=False,
            respawn_failed_workers=True,
            workers_kill_timeout=20,
            log_access=False,
            log_level=LogLevels.warning,
            log_dictconfig=LOGGING,
        )
        server.serve(target_loader=_Loader(os.getpid(), threads), wrap_loader=False)


class _Loader:
    """Runs in each worker process: kill -9 of the main one must not leave it serving on the shared port."""

    def __init__(self, parent: int, threads: int) -> None:
        self.parent = parent
        self.threads = threads

    def __call__(self) -> Callable[..., Any]:
        die_with(self.parent)
        django = get_internal_wsgi_application()
        whole = WholeBodies(django, at_once=self.threads, max_bytes=settings.BODY_MAX_BYTES)
        return Aside(whole, settings.ASIDE)
