"""The listening socket of a peer: reads requests whole, sends replies as badly as they ask."""

import socket
import ssl
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.peers.exchange import Received, Reply


class Listener(ThreadingHTTPServer):
    daemon_threads = False  # joined by server_close(), once hang_up() has ended their connections
    request_queue_size = 128

    def __init__(
        self,
        answer: Callable[[Received], Reply],
        complain: Callable[[str], None],
        tls: ssl.SSLContext | None = None,
        port: int = 0,
    ) -> None:
        self.answer = answer
        self.complain = complain
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)
        if tls is not None:  # the handshake is the handler thread's, at its first read
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # the other side was first
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exception()
        if not isinstance(error, OSError):  # a client that went away is what some tests do on purpose
            self.complain(f"the peer broke: {error!r}")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Listener

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: tests read `peer.requests`."""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _serve(self) -> None:
        url = urlsplit(self.path)
        reply = self.server.answer(
            Received(
                method=self.command,
                path=url.path,
                query=parse_qs(url.query, keep_blank_values=True),
                headers=self.headers,
                body=self._body(),
                params={},
            )
        )
        stopping = self.server.stopping
        if reply.hang or reply.delay:
            stopping.wait(None if reply.hang else reply.delay)
        if reply.hang or reply.close or stopping.is_set():
            self.close_connection = True
            return
        if reply.raw is not None:
            self.close_connection = True
            self._send(reply.raw, reply.drip, stopping)
            return
        body, content_type = reply.encoded()
        self.send_response(reply.status)
        for name, value in {
            "Content-Type": content_type,
            "Content-Length": str(len(body)),
            **reply.headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD" and reply.status not in (204, 304):
            self._send(body, reply.drip, stopping)

    def _send(self, body: bytes, drip: float, stopping: threading.Event) -> None:
        if not drip:
            self.wfile.write(body)
            return
        for byte in body:
            self.wfile.write(bytes([byte]))
            if stopping.wait(drip):
                return

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve
