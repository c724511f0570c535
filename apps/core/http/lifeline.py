"""How far one try has come, and the hand that cuts it off at its deadline.

A socket time-out bounds one read only: a server that sends a byte of its headers every few seconds would hold
a worker for days. So a timer shuts the socket down when the whole try has taken too long.
"""

import socket
import threading
import time
from contextlib import suppress
from contextvars import ContextVar, Token
from typing import Literal, Self

Stage = Literal["resolving", "connecting", "sent"]


class Lifeline:
    """Follows the one request this thread is making. Until `stage` is "sent", nothing of it can have left."""

    def __init__(self, *, deadline: float, own: bool = False) -> None:
        self.deadline = deadline  # of time.monotonic()
        self.own = own
        self.stage: Stage = "resolving"
        self.expired = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(max(0.0, deadline - time.monotonic()), self._cut)
        self._timer.daemon = True
        self._token: Token[Lifeline | None] | None = None

    def connected(self, sock: socket.socket) -> None:
        """From here on bytes may leave: called before the first one does."""
        with self._lock:
            self.stage = "sent"
            self._socket = sock
            expired = self.expired
        if expired:
            self._cut()

    def _cut(self) -> None:
        with self._lock:
            self.expired = True
            sock = self._socket
        if sock is not None:
            with suppress(OSError):  # closed already
                # Not SSLSocket.shutdown(), which would pull the TLS state from under the reading thread.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self._token = _current.set(self)
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        if self._token is not None:
            _current.reset(self._token)


_current: ContextVar[Lifeline | None] = ContextVar("lifeline", default=None)


def current() -> Lifeline:
    lifeline = _current.get()
    if lifeline is None:
        raise RuntimeError("Guarded connections are used through core.http only.")
    return lifeline
