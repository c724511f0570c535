"""A request reaches Django when its body is here whole, so that a slow upload keeps nobody else waiting.

A request needs a database connection, and those are few. A body that trickles in from a phone would hold one
for as long as it takes; a handful of such phones would hold them all. So each of the server's threads, which
are many and cost nothing while they wait, reads its body first, and takes a connection only then.
"""

import tempfile
from collections.abc import Callable, Iterable
from http import HTTPStatus
from queue import SimpleQueue
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
        self._free: SimpleQueue[Database] = SimpleQueue()
        for _ in range(at_once):
            self._free.put(Database())

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
        database = self._free.get()
        try:
            with database:
                return self._application(environ, start_response)
        finally:
            self._free.put(database)


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
