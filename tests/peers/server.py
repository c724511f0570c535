"""A real HTTP server on 127.0.0.1 that plays a vendor: records requests, gives scripted answers, is strict.

    with Peer() as peer:
        peer.route("POST /bot{token}/sendMessage", lambda request: Reply(json={"ok": True}))
        peer.script("POST /bot{token}/sendMessage", [Reply(status=429, headers={"Retry-After": "3"})])
        client(base_url=peer.url)

Scripted answers of a route go first, then its handler. A request nobody expects, and what a handler passes to
`peer.expect(condition, complaint)` or fails to assert, is a complaint; leaving the `with` raises them.
"""

import re
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Self
from urllib.parse import unquote

from tests.peers.exchange import Part, Received, Reply
from tests.peers.transport import Listener

__all__ = ["Part", "Peer", "Received", "Reply"]

Answer = Callable[[Received], Reply]


def _pattern(route: str) -> re.Pattern[str]:
    """`{name}` is one step of a path, `{+name}` all that is left of it."""
    pieces = re.split(r"(\{\+?\w+\})", route)
    return re.compile("".join(_group(one) if one.startswith("{") else re.escape(one) for one in pieces))


def _group(placeholder: str) -> str:
    name = placeholder[1:-1]
    return f"(?P<{name[1:]}>.+)" if name.startswith("+") else f"(?P<{name}>[^/]+)"


class Peer:
    """Routes are `METHOD /path/{name}`. `requests` holds what came, in order; `url` is the base."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.requests: list[Received] = []
        self.complaints: list[str] = []
        self._routes: dict[str, Answer | None] = {}
        self._scripts: dict[str, deque[Reply]] = {}
        self._changed = threading.Condition()
        self._server = Listener(self.answer, self.complaints.append, tls, port)
        self.port = self._server.server_port
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"

    def route(self, route: str, handler: Answer) -> None:
        self._routes[route] = handler

    def script(self, route: str, replies: Iterable[Reply]) -> None:
        self._routes.setdefault(route, None)
        self._scripts.setdefault(route, deque()).extend(replies)

    def expect(self, condition: object, complaint: str) -> None:
        if not condition:
            self.complaints.append(complaint)

    def assert_clean(self) -> None:
        assert not self.complaints, "the peer complains: " + "; ".join(self.complaints)

    def to(self, route: str) -> list[Received]:
        """The requests that came to this route."""
        match = _pattern(route).fullmatch
        return [request for request in self.requests if match(f"{request.method} {request.path}")]

    def wait_for(self, count: int, *, timeout: float = 10) -> None:
        """Blocks until so many requests have come in all."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self.requests) >= count, timeout)
        assert came, f"{len(self.requests)} of {count} requests came"

    def answer(self, request: Received) -> Reply:
        for route, handler in self._routes.items():  # noqa: B007 - used after the loop
            if match := _pattern(route).fullmatch(f"{request.method} {request.path}"):
                request.params.update({key: unquote(value) for key, value in match.groupdict().items()})
                break
        else:
            route, handler = "", None
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
            if script := self._scripts.get(route):
                return script.popleft()
        if handler is None:
            self.complaints.append(f"unexpected {request.method} {request.path}")
            return Reply(status=404, body="unexpected request")
        try:
            return handler(request)
        except Exception as error:  # told to the test, not swallowed
            self.complaints.append(f"{request.method} {request.path}: {error!r}")
            return Reply(status=500, body="the peer refused")

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._server.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()
        if kind is None:
            self.assert_clean()
