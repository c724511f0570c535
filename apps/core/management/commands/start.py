"""Everything on one machine with one command: prepared, started, watched, and stopped together."""

import http.client
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.management.commands.prepare import prepare
from apps.core.ports import require_free
from apps.core.processes.child import Child, program
from apps.core.processes.supervisor import Supervisor

PATIENCE = 60.0  # seconds for the web server's first answer
GRACE = 30.0  # seconds to stop; the worker below takes 25 of them at the most


class Command(BaseCommand):
    help = "Prepare the database and the static files, then run web server, workers and pollers until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 to be reached from other machines.")

    def handle(self, *, host: str, **_options: Any) -> None:
        port = settings.PORT
        began = time.monotonic()
        require_free(host, port)
        for line in prepare():
            self.say(line)
        children = [
            command("web", "--host", host, "--port", str(port)),
            command("worker"),
            command("poll"),
        ]
        with Supervisor(children, grace=GRACE) as supervisor:
            deadline = time.monotonic() + PATIENCE
            supervisor.watch(until=lambda: answers(port, path="/healthz") or time.monotonic() > deadline)
            if supervisor.leaving:
                return
            if time.monotonic() > deadline:
                raise CommandError(f"The web server does not answer on port {port}; its messages are above.")
            self.say(
                f"Ready in {time.monotonic() - began:.1f} s: {settings.PUBLIC_URL}/admin/ (Ctrl-C stops)"
            )
            supervisor.watch()
            self.say("Stopping …")
        self.say("Stopped.")

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def command(name: str, *arguments: str) -> Child:
    return Child(name, program(sys.executable, str(settings.BASE_DIR / "manage.py"), name, *arguments))


def answers(port: int, *, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except OSError:
        return False
    finally:
        connection.close()
