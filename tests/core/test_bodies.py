"""A body is here whole, and measured, before the application hears of the request."""

import io
import threading
from collections.abc import Iterable
from typing import Any

import pytest

from apps.core.bodies import IN_MEMORY, PART, Environ, StartResponse, WholeBodies


class Inner:
    """Answers with the body it was given."""

    def __init__(self) -> None:
        self.lengths: list[str] = []
        self.threads: set[str] = set()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self.lengths.append(environ.get("CONTENT_LENGTH", ""))
        self.threads.add(threading.current_thread().name)
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

    whole = WholeBodies(inner, threads=1, max_bytes=limit)
    parts = whole({"wsgi.input": Trickle(body), **environ}, start_response)
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


def test_the_application_keeps_to_its_own_threads(inner: Inner) -> None:
    ask(inner, b"")
    assert inner.threads == {"django_0"}
