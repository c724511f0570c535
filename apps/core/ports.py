"""Whether an address is free to listen on: asked before anything is started there."""

import socket
import time

from django.core.management.base import CommandError

PATIENCE = 2.0  # seconds: a server that was just told to stop lets go of its port first


def require_free(host: str, port: int) -> None:
    """The web server shares its port among processes (SO_REUSEPORT): it would not notice another one."""
    deadline = time.monotonic() + PATIENCE
    while (reason := _refusal(host, port)) is not None:
        if time.monotonic() > deadline:
            raise CommandError(
                f"Cannot listen on {host}:{port} ({reason}). Stop what listens there, or set PORT."
            )
        time.sleep(0.1)


def _refusal(host: str, port: int) -> str | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as error:
            return error.strerror or str(error)
    return None
