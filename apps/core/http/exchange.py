"""One try of one request: sends it, reads the answer within its limits, and tells how far it came."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as Urllib3Timeout

from apps.core.http.guard import Blocked
from apps.core.http.lifeline import Lifeline
from apps.core.http.resuming import NOT_RESUMED, Progress
from apps.core.http.transport import Transport

PIECE = 64 * 1024
ERROR_BODY = 256 * 1024  # enough for a vendor's own code


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    connect: float
    read: float  # between two pieces of the answer
    deadline: float  # of time.monotonic(), for the whole try
    size: int
    beginning: bool = False  # no more than `size` is wanted, however long it is
    own: bool = False  # a service of ours, named in the environment: private networks are no matter


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`content` is empty when a body was written to a file: `size` is then the file's. `cut` when there was
    more than the limit.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    size: int
    cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """`sent` is False only where not one byte can have left."""

    code: str
    sent: bool
    unusable: bool = False


def perform(
    transport: Transport,
    request: requests.PreparedRequest,
    limits: Limits,
    *,
    to: BinaryIO | None = None,
    progress: Progress | None = None,
) -> Reply | Broken:
    """Never raises for what the network does, so that no exception carries a URL along as its context.

    Only a 2xx body is written to `to`; where there is a `progress`, only one that fits it. An OSError of `to`
    itself (disk full) is the caller's.
    """
    with Lifeline(deadline=limits.deadline, own=limits.own) as line:
        response = _open(transport, request, limits, line)
        if isinstance(response, Broken):
            return response
        try:
            if to is None or not _ok(response):
                return _read(response, limits, line)
            if progress is not None and not progress.begin(response.status_code, response.headers, to):
                return Broken(code=NOT_RESUMED, sent=True)
            return _write(response, limits, line, to, progress or Progress())
        finally:
            response.close()


def _open(
    transport: Transport, request: requests.PreparedRequest, limits: Limits, line: Lifeline
) -> requests.Response | Broken:
    try:
        return transport.open(request, timeout=(limits.connect, limits.read))
    except Blocked as blocked:
        return Broken(code=blocked.code, sent=False, unusable=True)
    except (requests.RequestException, HTTPError, OSError) as error:
        return _broken(error, line)


def _read(response: requests.Response, limits: Limits, line: Lifeline) -> Reply | Broken:
    limit = limits.size if _ok(response) else min(limits.size, ERROR_BODY)
    pieces: list[bytes] = []
    size, cut = 0, _ok(response) and not limits.beginning and _announced(response.headers) > limit
    while not cut:
        piece = _next(response, line)
        if isinstance(piece, Broken):
            return piece
        if not piece:
            break
        size += len(piece)
        cut = size > limit
        pieces.append(piece)
    return _reply(response, b"".join(pieces)[:limit], size=size, cut=cut)


def _write(
    response: requests.Response, limits: Limits, line: Lifeline, to: BinaryIO, progress: Progress
) -> Reply | Broken:
    cut = progress.size + _announced(response.headers) > limits.size
    while not cut:
        piece = _next(response, line)
        if isinstance(piece, Broken):
            return piece
        if not piece:
            break
        cut = progress.size + len(piece) > limits.size
        if not cut:
            to.write(piece)
            progress.size += len(piece)
    if progress.is_short and not cut:  # a piece of the file, as it was asked for; the rest is to be asked for
        return Broken(code="connection_broken", sent=True)
    return _reply(response, b"", size=progress.size, cut=cut)


def _reply(response: requests.Response, content: bytes, *, size: int, cut: bool) -> Reply:
    return Reply(
        status=response.status_code,
        headers=CaseInsensitiveDict(response.headers),
        content=content,
        size=size,
        cut=cut,
    )


def _next(response: requests.Response, line: Lifeline) -> bytes | Broken:
    """What has arrived, up to a piece. `read1`, because `read` waits until the piece is full."""
    try:
        piece = response.raw.read1(PIECE, decode_content=True)
    except (HTTPError, OSError) as error:
        return _broken(error, line)
    if line.expired or time.monotonic() > line.deadline:  # what was cut off can look complete, headers too
        return Broken(code="timeout", sent=True)
    return piece or b""


def _ok(response: requests.Response) -> bool:
    return 200 <= response.status_code < 300


def _announced(headers: Mapping[str, str]) -> int:
    length = headers.get("Content-Length", "")
    return int(length) if length.isdecimal() and len(length) < 20 else 0


def _broken(error: Exception, line: Lifeline) -> Broken:
    if line.stage == "resolving":
        return Broken(code="dns_error", sent=False)
    if line.stage == "connecting":
        tls = isinstance(error, requests.exceptions.SSLError)
        return Broken(code="tls_error" if tls else "connect_error", sent=False)
    timed_out = line.expired or isinstance(error, (requests.Timeout, Urllib3Timeout, TimeoutError))
    return Broken(code="timeout" if timed_out else "connection_broken", sent=True)
