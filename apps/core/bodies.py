"""A request reaches Django when its body is here whole, so that a slow upload keeps nobody else waiting.

A request needs a database connection, and those are few. A body that trickles in from a phone would hold one
for as long as it takes; a handful of such phones would hold them all. So each of the server's threads, which
are many and cost nothing while they wait, reads its body first, and takes a connection only then.
"""

import tempfile
from collections import deque
from collections.abc import Callable, Iterable
from http import HTTPStatus
from threading import Lock
from typing import IO, Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

PART = 64 * 1024
IN_MEMORY = 1024 * 1024  # what is larger waits in a file


class WholeBodies:
    """A WSGI application around another, of which at most `at_once` requests are worked on at a time.

    A body beyond `max_bytes` is refused with 413, one that ends before its announced length with 400; the
    inner application learns of neither. A body sent in chunks arrives there with its length.
    """

    def __init__(self, application: Application, *, at_once: int, max_bytes: int) -> None:
        self._application = application
        self._max_bytes = max_bytes
        self._databases = Turns([Database() for _ in range(at_once)])

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        announced = _announced(environ)
        if announced == 0:
            return self._answer(environ, start_response)
        if announced is not None and announced > self._max_bytes:
            return _refuse(start_response, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as body:
            length = _copy(environ["wsgi.input"], body, self._max_bytes)
            if length > self._max_bytes:
                return _refuse(start_response, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            if announced is not None and length < announced:
                return _refuse(start_response, HTTPStatus.BAD_REQUEST)
            body.seek(0)
            whole = environ | {"wsgi.input": body, "CONTENT_LENGTH": str(length)}
            return self._answer(whole, start_response)

    def _answer(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        database = self._databases.take()
        try:
            with database:
                return self._application(environ, start_response)
        finally:
            self._databases.give(database)


class Turns:
    """Things that one thread has at a time, handed to those who wait in the order in which they came.

    A queue of the standard library wakes somebody, and whoever just arrives may be faster: under load the
    slowest hundredth of the requests then waited twice as long.
    """

    def __init__(self, things: Iterable["Database"]) -> None:
        self._lock = Lock()
        self._free = list(things)
        self._waiting: deque[_Turn] = deque()

    @property
    def in_line(self) -> int:
        return len(self._waiting)

    def take(self) -> "Database":
        with self._lock:
            if self._free:
                return self._free.pop()  # the one used last: its connection is open and warm
            turn = _Turn()
            self._waiting.append(turn)
        return turn.wait()

    def give(self, thing: "Database") -> None:
        with self._lock:
            if not self._waiting:
                self._free.append(thing)
                return
            turn = self._waiting.popleft()
        turn.come(thing)


class _Turn:
    """One thread's place in the line."""

    def __init__(self) -> None:
        self._until = Lock()
        self._until.acquire()
        self._thing: Database | None = None

    def come(self, thing: "Database") -> None:
        self._thing = thing
        self._until.release()

    def wait(self) -> "Database":
        self._until.acquire()
        assert self._thing is not None  # noqa: S101 - released by `come` alone
        return self._thing


class Database:
    """The connections of one request at a time: opened by the first that needs them, kept for the next.

    Django keeps them by thread; here they go from thread to thread, one of which has them at a time.
    """

    def __init__(self) -> None:
        self._kept: dict[str, BaseDatabaseWrapper] = {}

    def __enter__(self) -> None:
        for alias, connection in self._kept.items():
            connections[alias] = connection

    def __exit__(self, *_raised: object) -> None:
        for connection in connections.all(initialized_only=True):
            if connection.alias not in self._kept:
                connection.inc_thread_sharing()
                self._kept[connection.alias] = connection
            del connections[connection.alias]


def _announced(environ: Environ) -> int | None:
    """Bytes; None for a body in chunks, which says its length when it ends."""
    if "HTTP_TRANSFER_ENCODING" in environ:
        return None
    try:
        return max(0, int(environ.get("CONTENT_LENGTH") or 0))
    except ValueError:
        return 0


def _copy(source: Any, target: IO[bytes], limit: int) -> int:
    """How much was copied: all there is, or one byte more than `limit`."""
    copied = 0
    while copied <= limit and (part := source.read(min(PART, limit + 1 - copied))):
        copied += target.write(part)
    return copied


def _refuse(start_response: StartResponse, status: HTTPStatus) -> Iterable[bytes]:
    text = f"{status.value} {status.phrase}"
    start_response(text, [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))])
    return [text.encode()]
