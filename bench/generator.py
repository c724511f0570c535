"""A load generator for machines without wrk: one process, one thread, sockets that wait for their answers."""

import selectors
import socket
import time
from dataclasses import dataclass

from tests.system.vendor import text_update

OK = b"HTTP/1.1 200"


@dataclass(slots=True)
class Line:
    """One connection. `received` is what has come of the answer in hand."""

    connection: socket.socket
    sent_at: float = 0.0
    received: bytes = b""


def generate(
    host: str, port: int, path: str, secret: str, connections: int, seconds: float, number: int
) -> tuple[list[float], int]:
    """Seconds that each request took which was answered with 200, and how many were not."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
        f"X-Telegram-Bot-Api-Secret-Token: {secret}\r\nContent-Length: "
    ).encode()
    base = time.time_ns() // 1000 % 10**12 + number * 10**12
    took: list[float] = []
    errors = sent = 0
    deadline = time.monotonic() + seconds
    with selectors.DefaultSelector() as ready:
        for _ in range(connections):
            line = Line(socket.create_connection((host, port), timeout=10))
            ready.register(line.connection, selectors.EVENT_READ, line)
            sent += 1
            _send(line, head, base + sent)
        while time.monotonic() < deadline:
            for key, _events in ready.select(timeout=1):
                line = key.data
                line.received += line.connection.recv(65536)
                if not _is_whole(line.received):
                    continue
                if line.received.startswith(OK):
                    took.append(time.monotonic() - line.sent_at)
                else:
                    errors += 1
                sent += 1
                _send(line, head, base + sent)
        for key in list(ready.get_map().values()):
            key.data.connection.close()
    return took, errors


def _send(line: Line, head: bytes, update_id: int) -> None:
    body = text_update(
        update_id=update_id,
        client=30_000 + update_id % 1000,
        message_id=update_id,
        text=f"Здравствуйте! Сколько стоит замена батареи? {update_id}",
    )
    line.received, line.sent_at = b"", time.monotonic()
    line.connection.sendall(head + str(len(body)).encode() + b"\r\n\r\n" + body)


def _is_whole(answer: bytes) -> bool:
    """Raises ConnectionError where the server has hung up."""
    if not answer:
        raise ConnectionError("the server hung up")
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    for field in head.lower().split(b"\r\n")[1:]:
        name, _colon, value = field.partition(b":")
        if name == b"content-length":
            return len(body) >= int(value)
    return True
