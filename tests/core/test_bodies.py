"""A body is here whole, and measured, before the application hears of the request."""

import io
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections

from apps.core.bodies import IN_MEMORY, PART, Database, Environ, StartResponse, Turns, WholeBodies
from tests.core.workprocesses import eventually


class Inner:
    """Answers with the body it was given."""

    def __init__(self) -> None:
        self.lengths: list[str] = []

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self.lengths.append(environ.get("CONTENT_LENGTH", ""))
        start_response("200 OK", [])
        return [environ["wsgi.input"].read()]


class Trickle(io.RawIOBase):
    """A connection that hands out a few bytes at a time."""

    def __init__(self, body: bytes) -> None:
        self.rest = body

    def read(self, size: int = -1) -> bytes:
        part, self.rest = self.rest[: min(size, 1000)], self.rest[min(size, 1000) :]
        return part


@pytest.fixture
def inner() -> Inner:
    return Inner()


def ask(inner: Inner, body: bytes, *, limit: int = 10 * IN_MEMORY, **environ: Any) -> tuple[str, bytes]:
    heard: list[str] = []

    def start_response(status: str, _headers: Any) -> None:
        heard.append(status)

    whole = WholeBodies(inner, at_once=1, max_bytes=limit)
    # A thread of its own, as a server's: whatever connections the thread has go on to the next.
    with ThreadPoolExecutor(1) as thread:
        parts = thread.submit(whole, {"wsgi.input": Trickle(body), **environ}, start_response).result(10)
    return heard[0], b"".join(parts)


@pytest.mark.parametrize("size", [1, 999, PART + 1, IN_MEMORY + 1])
def test_a_body_that_comes_in_pieces_arrives_whole(inner: Inner, size: int) -> None:
    body = bytes(range(256)) * (size // 256 + 1)
    assert ask(inner, body, CONTENT_LENGTH=str(len(body))) == ("200 OK", body)


def test_a_body_in_chunks_gets_its_length(inner: Inner) -> None:
    assert ask(inner, b"x" * 5000, HTTP_TRANSFER_ENCODING="chunked") == ("200 OK", b"x" * 5000)
    assert inner.lengths == ["5000"]


@pytest.mark.parametrize("announced", [{}, {"CONTENT_LENGTH": ""}, {"CONTENT_LENGTH": "0"}])
def test_a_request_without_a_body_is_not_read(inner: Inner, announced: dict[str, Any]) -> None:
    assert ask(inner, b"", **announced) == ("200 OK", b"")


@pytest.mark.parametrize("announced", [{"CONTENT_LENGTH": "11"}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
def test_more_than_the_limit_is_refused_before_the_application(
    inner: Inner, announced: dict[str, Any]
) -> None:
    assert ask(inner, b"x" * 11, limit=10, **announced)[0] == "413 Request Entity Too Large"
    assert not inner.lengths


def test_the_limit_itself_passes(inner: Inner) -> None:
    assert ask(inner, b"x" * 10, limit=10, HTTP_TRANSFER_ENCODING="chunked")[0] == "200 OK"


def test_a_body_that_is_cut_off_is_refused(inner: Inner) -> None:
    assert ask(inner, b"x" * 9, CONTENT_LENGTH="10")[0] == "400 Bad Request"
    assert not inner.lengths


def test_no_more_requests_are_worked_on_than_there_are_connections_for() -> None:
    """The others have their bodies read meanwhile."""
    inside, most = [0], [0]
    read, go_on = threading.Semaphore(0), threading.Event()

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        go_on.wait(10)
        inside[0] -= 1
        return [environ["wsgi.input"].read()]

    class Told(Trickle):
        def read(self, size: int = -1) -> bytes:
            part = super().read(size)
            if not part:
                read.release()
            return part

    whole = WholeBodies(application, at_once=2, max_bytes=100)
    with ThreadPoolExecutor(5) as threads:
        asked = [
            threads.submit(whole, {"wsgi.input": Told(b"x"), "HTTP_TRANSFER_ENCODING": "chunked"}, print)
            for _ in range(5)
        ]
        for _ in range(5):
            assert read.acquire(timeout=10)
        go_on.set()
        assert [b"".join(one.result(10)) for one in asked] == [b"x"] * 5
    assert most[0] <= 2


@pytest.mark.django_db(transaction=True)
def test_a_connection_is_kept_and_goes_from_thread_to_thread() -> None:
    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            found = str(cursor.fetchone()[0]).encode()
        if "last" in environ:
            connection.close()
        return [found]

    whole = WholeBodies(application, at_once=1, max_bytes=100)
    seen = set()
    for environ in ({}, {}, {"last": True}):
        with ThreadPoolExecutor(1) as thread:
            seen.add(b"".join(thread.submit(whole, environ, print).result(10)))
            assert thread.submit(connections.all, initialized_only=True).result(10) == []
    assert len(seen) == 1
    connection.ensure_connection()
    assert seen != {str(connection.connection.info.backend_pid).encode()}


def test_who_waits_longest_is_served_next() -> None:
    """Otherwise, under load, some wait for ever while others come and go."""
    turns = Turns([Database()])
    served: list[int] = []
    first = turns.take()
    with ThreadPoolExecutor(8) as threads:

        def serve(number: int) -> None:
            thing = turns.take()
            served.append(number)
            turns.give(thing)

        for number in range(8):
            threads.submit(serve, number)
            eventually(lambda: turns.in_line > number)  # noqa: B023 - asked at once
        turns.give(first)
    assert served == list(range(8))
