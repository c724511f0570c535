"""A request reaches Django when its body is here whole, so that a slow upload keeps nobody else waiting.

Django works in a few threads, each with its own database connection. A body that trickles in from a phone
would hold one of them for as long as it takes; a handful of such phones would hold them all. So the server's
own threads, which are many and cost nothing while they wait, read the body, and only then one of Django's
takes over.
"""

import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import IO, Any

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

PART = 64 * 1024
IN_MEMORY = 1024 * 1024  # what is larger waits in a file


class WholeBodies:
    """A WSGI application around another, which runs in `threads` threads of its own.

    A body beyond `max_bytes` is refused with 413, one that ends before its announced length with 400; the
    inner application learns of neither. A body sent in chunks arrives there with its length.
    """

    def __init__(self, application: Application, *, threads: int, max_bytes: int) -> None:
        self._application = application
        self._max_bytes = max_bytes
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="django")

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
        return self._threads.submit(self._application, environ, start_response).result()


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
